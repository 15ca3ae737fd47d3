// Copies an exact value. Without script its button is not shown: it could do nothing.
"use strict";
{
  const draw = (button, name) => {
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
    button.toggleAttribute("data-done", name === "check");
  };

  const confirm = (button) => {
    draw(button, "check");
    document.dispatchEvent(new CustomEvent("console:announce", { detail: button.dataset.copied }));
    window.setTimeout(() => {
      draw(button, "copy");
    }, 2000);
  };

  // Over plain http browsers offer no clipboard; the old command still works there.
  const copyByCommand = (text, button) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    button.after(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    button.focus();
    return isDone;
  };

  document.documentElement.dataset.script = "";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.dataset.copy;
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else if (!copyByCommand(text, button)) return;
    confirm(button);
  });
}
