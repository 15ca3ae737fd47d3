// Says while one types how long a name is and whether SCP's rule allows it. The server decides.
"use strict";
{
  const legal = /^[A-Za-z0-9 _-]*$/;
  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  const fault = (box, value, limit) => {
    if (!legal.test(value)) return box.dataset.bad;
    return [...value].length > limit ? fill(box.dataset.long, { limit }) : "";
  };

  const judge = (box) => {
    const input = box.querySelector("input");
    const message = fault(box, input.value, Number(box.dataset.limit));
    const place = box.querySelector("[data-name-message]");
    if (place.textContent !== message) place.textContent = message;
    input.setAttribute("aria-invalid", message ? "true" : "false");
    // What the server said was about the text before this change.
    box.querySelector(".errorlist")?.remove();
  };

  const describe = (box) => {
    const input = box.querySelector("input");
    const limit = Number(box.dataset.limit);
    const count = [...input.value].length;
    box.querySelector("[data-name-preview]").textContent = input.value.trim();
    box.querySelector("[data-name-count]").textContent = fill(box.dataset.count, { count, limit });
    box.querySelector("[data-name-live]").hidden = false;
  };

  const describeAll = () => document.querySelectorAll("[data-name-check]").forEach(describe);

  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-name-check]");
    if (!box) return;
    judge(box);
    describe(box);
  });
  document.addEventListener("htmx:afterSwap", describeAll);
  describeAll();
}
