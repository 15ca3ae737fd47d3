// Keeps polls polite: none while the page is hidden, one on return, none after the session ended.
// Each says of itself that it is one, so that it does not count as a sign of a person.
// Speaks changed states once, through a live region that no swap ever replaces.
"use strict";
{
  let hasEnded = false;
  const spoken = new Map();

  const speak = () => {
    const region = document.querySelector("[data-announcements]");
    const changed = [];
    for (const part of document.querySelectorAll("[data-announce]")) {
      const before = spoken.get(part.id);
      const now = part.dataset.announce;
      spoken.set(part.id, now);
      if (before !== undefined && before !== now) changed.push(now);
    }
    if (changed.length && region) region.textContent = changed.join("\n");
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.elt.matches("[data-poll]")) return;
    if (document.hidden || hasEnded) event.preventDefault();
  });
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
  document.addEventListener("htmx:afterSettle", speak);
  speak();
}
