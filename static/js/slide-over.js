// Opens the slide-over when htmx has put something into it. On a narrow screen, or when a new
// tab is asked for, the same link leads to the page instead. Elements are looked up when needed:
// going back lets htmx replace the whole body.
"use strict";
{
  const narrow = window.matchMedia("(max-width: 720px)");
  let opener = "";
  let before = null; // what had the focus when the panel opened

  const wantsPage = (event) =>
    narrow.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;

  const open = (panel, body) => {
    const part = body.querySelector("[data-panel-title]");
    const title = panel.querySelector("#panel-title");
    title.textContent = part ? part.dataset.panelTitle : "";
    if (panel.open) return;
    before = document.activeElement;
    panel.querySelector("[data-notices]").replaceChildren();
    panel.showModal();
    panel.scrollTop = 0;
    title.focus();
  };

  // While capturing: before htmx sees the click, which it would turn into a request.
  const chooseWay = (event) => {
    const link = event.target.closest("[data-panel-link]");
    if (!link) return;
    if (wantsPage(event)) event.stopPropagation();
    else opener = link.getAttribute("href");
  };

  // A list holds many such links: one listener instead of an hx-get beside each href.
  const fetchPart = (event) => {
    const link = event.target.closest("[data-panel-link]:not([hx-get])");
    if (!link || wantsPage(event)) return;
    event.preventDefault();
    htmx.ajax("GET", link.href, { source: link, target: "#panel-body" });
  };

  const closeByButton = (event) => {
    const panel = event.target.closest("[data-panel-close]")?.closest("dialog");
    if (!panel) return;
    event.preventDefault();
    panel.close();
  };

  const giveFocusBack = (event) => {
    if (event.target.id !== "panel") return;
    event.target.querySelector("#panel-body").replaceChildren();
    // The list may have been swapped meanwhile: the opener is found again by where it leads.
    const isThere = before?.isConnected && before !== document.body;
    const links = [...document.querySelectorAll("[data-panel-link]")];
    (isThere ? before : links.find((link) => link.getAttribute("href") === opener))?.focus();
    opener = "";
  };

  document.addEventListener("click", chooseWay, true);
  document.addEventListener("click", fetchPart);
  document.addEventListener("click", closeByButton);
  document.addEventListener("close", giveFocusBack, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    const body = event.detail.target;
    if (body?.id === "panel-body") open(body.closest("dialog"), body);
  });
}
