// Speaks politely what other scripts hand over, in a live region that no swap ever replaces. What
// comes at nearly the same time is spoken together: a second text would silence the first.
"use strict";
{
  const PAUSE_MS = 150;
  let waiting = [];

  // While a dialog is open, everything outside of it is silent.
  const region = () =>
    document.querySelector("dialog[open] [data-announcements]") ||
    document.getElementById("announcements");

  const speak = () => {
    region().textContent = waiting.join("\n");
    waiting = [];
  };

  document.addEventListener("console:announce", (event) => {
    if (!waiting.length) {
      region().textContent = ""; // else the same words a second time would change nothing
      window.setTimeout(speak, PAUSE_MS);
    }
    waiting.push(event.detail);
  });
}
