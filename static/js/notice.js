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
    if (isOwnAct) notice.scrollIntoView({ block: "center" });
  };
  const isAct = (event) => event.detail.elt.matches("form, a") && !isDraft(event);

  const hide = (name) => {
    document.querySelectorAll(`[data-shown="${name}"]`).forEach((notice) => notice.remove());
  };
  const isDraft = (event) => event.detail.elt.matches("[data-draft]");

  // Every answer of the console carries this; without it a proxy answered in its place.
  const isOurs = (event) => event.detail.xhr.getResponseHeader("X-Request-ID") !== null;

  // A part of a page is no place for the page with which a proxy says 502.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 502 || isOurs(event)) return;
    event.detail.shouldSwap = false;
    event.detail.isError = true;
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) return; // session.js speaks of that
    const trouble = isOurs(event) ? "refused" : "unreachable";
    show(isDraft(event) ? "draft-failed" : trouble, isAct(event));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && isDraft(event)) hide("draft-failed");
  });
  document.addEventListener("console:notice", (event) => show(event.detail.name, event.detail.isOwnAct));
  document.addEventListener("console:signed-in", () => {
    hide("signed-out");
    hide("signed-out-kept");
  });
  document.addEventListener("htmx:sendError", (event) => {
    show(isDraft(event) ? "draft-failed" : "unreachable", isAct(event));
  });
  document.addEventListener("htmx:timeout", () => show("unreachable"));
  // An answer takes back what was said about the connection, and nothing else.
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (isOurs(event)) hide("unreachable");
  });
}
