// Shows one of the page's prepared notices where the person is looking. Sentences live in the
// templates of _notices.html, so that they are translated there.
"use strict";
{
  const show = (name, isOwnAct = false) => {
    const prepared = document.getElementById(`notice-${name}`);
    const area =
      document.querySelector("dialog[open] [data-notices]") ||
      document.querySelector("[data-notices]");
    if (!prepared || !area || area.querySelector(`[data-shown="${name}"]`)) return;
    const notice = prepared.content.firstElementChild.cloneNode(true);
    notice.dataset.shown = name;
    area.append(notice);
    // Whoever pressed a button far below would see nothing of it.
    if (isOwnAct) notice.scrollIntoView({ block: "nearest" });
  };
  const isAct = (event) => event.detail.elt.matches("form") && !isDraft(event);

  const hide = (name) => {
    document.querySelectorAll(`[data-shown="${name}"]`).forEach((notice) => notice.remove());
  };
  const isDraft = (event) => event.detail.elt.matches("[data-draft]");

  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) return; // session.js speaks of that
    show(isDraft(event) ? "draft-failed" : "refused", isAct(event));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && isDraft(event)) hide("draft-failed");
  });
  document.addEventListener("console:notice", (event) => show(event.detail));
  document.addEventListener("console:signed-in", () => {
    hide("signed-out");
    hide("signed-out-kept");
  });
  document.addEventListener("htmx:sendError", (event) => {
    show(isDraft(event) ? "draft-failed" : "unreachable", isAct(event));
  });
  document.addEventListener("htmx:timeout", () => show("unreachable"));
  // An answer takes back what was said about the connection, and nothing else.
  document.addEventListener("htmx:afterOnLoad", () => {
    hide("unreachable");
  });
}
