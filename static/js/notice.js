// Shows one of the page's prepared notices where the person is looking. Sentences live in the
// templates of _notices.html, so that they are translated there.
"use strict";
{
  const show = (name) => {
    const prepared = document.getElementById(`notice-${name}`);
    const area =
      document.querySelector("dialog[open] [data-notices]") ||
      document.querySelector("[data-notices]");
    if (!prepared || !area || area.querySelector(`[data-shown="${name}"]`)) return;
    const notice = prepared.content.firstElementChild.cloneNode(true);
    notice.dataset.shown = name;
    area.append(notice);
  };

  document.addEventListener("htmx:responseError", (event) => {
    show(event.detail.xhr.status === 401 ? "signed-out" : "refused");
  });
  document.addEventListener("console:notice", (event) => show(event.detail));
  document.addEventListener("console:signed-in", () => {
    document.querySelectorAll('[data-shown="signed-out"]').forEach((notice) => notice.remove());
  });
  document.addEventListener("htmx:sendError", () => show("unreachable"));
  document.addEventListener("htmx:timeout", () => show("unreachable"));
  // An answer takes back what was said about the connection, and nothing else.
  document.addEventListener("htmx:afterOnLoad", () => {
    document.querySelectorAll('[data-shown="unreachable"]').forEach((notice) => notice.remove());
  });
}
