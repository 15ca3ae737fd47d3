// Keeps polls polite: none while the page is hidden, one on return, none after the session ended.
// Hands each changed state over to be spoken, once.
"use strict";
{
  let hasEnded = false;
  const spoken = new Map();

  const speak = () => {
    for (const part of document.querySelectorAll("[data-announce]")) {
      const before = spoken.get(part.id);
      const now = part.dataset.announce;
      spoken.set(part.id, now);
      if (before === undefined || before === now) continue;
      document.dispatchEvent(new CustomEvent("console:announce", { detail: now }));
    }
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.elt.matches("[data-poll]")) return;
    if (document.hidden || hasEnded) event.preventDefault();
  });
  // The server serves it and keeps no session alive for it.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.matches("[data-poll]")) event.detail.headers["Console-Poll"] = "1";
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    document.querySelectorAll("[data-poll]").forEach((part) => htmx.trigger(part, "catch-up"));
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) hasEnded = true;
  });
  document.addEventListener("console:signed-in", () => {
    hasEnded = false;
  });
  document.addEventListener("htmx:afterSettle", speak);
  speak();
}
