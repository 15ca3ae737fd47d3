// A courtesy against the second click; the promise itself is kept by the server's form token.
// No lock outlives the answer: the page's return lifts it, and htmx lifts its own.
"use strict";
{
  const buttons = (form) => form.querySelectorAll("button:not([type=button])");
  const lift = (form) => {
    delete form.dataset.isSending;
    buttons(form).forEach((button) => button.removeAttribute("aria-disabled"));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-guard]");
    if (!form || form.hasAttribute("hx-post")) return;
    if ("isSending" in form.dataset) {
      event.preventDefault();
      return;
    }
    form.dataset.isSending = "";
    buttons(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-guard]").forEach(lift);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.submit();
  });
}
