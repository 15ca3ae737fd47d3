// Copies an exact value. Without script its button is not shown: it could do nothing.
"use strict";
{
  const confirm = (button) => {
    const idle = button.querySelector("[data-idle]");
    const done = button.querySelector("[data-done]");
    idle.hidden = true;
    done.hidden = false;
    document.dispatchEvent(new CustomEvent("console:announce", { detail: button.dataset.copied }));
    window.setTimeout(() => {
      idle.hidden = false;
      done.hidden = true;
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
