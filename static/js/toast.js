// Tells what became of one's requests while another page is shown: once, whatever is reloaded and
// however many tabs are open. A good end fades by itself; anything else stays until it is closed.
"use strict";
{
  const STORE = "console-news";
  const SHOWN_MS = 10_000;
  const LEEWAY_SECONDS = 60; // what was settled just before an answer may be missing in it
  const KEPT = 50;
  let memory = { since: 0, told: [] }; // where the browser keeps nothing for us

  const recall = () => {
    try {
      return JSON.parse(window.localStorage.getItem(STORE)) || { since: 0, told: [] };
    } catch {
      return memory;
    }
  };
  const keep = (state) => {
    memory = state;
    try {
      window.localStorage.setItem(STORE, JSON.stringify(state));
    } catch {
      // A private window may refuse; then news is told once in each page.
    }
  };

  const isShownHere = (id) =>
    document.querySelector(`#request-${id}, #activity-${id}, [data-request="${id}"]`);

  const mayGo = (toast) => !document.querySelector("dialog[open]") && !toast.matches(":hover, :focus-within");
  const fade = (toast) => {
    window.setTimeout(() => (mayGo(toast) ? toast.remove() : fade(toast)), SHOWN_MS);
  };

  const show = (prepared) => {
    const area = document.querySelector("[data-toasts]");
    if (!area) return;
    const toast = prepared.content.firstElementChild.cloneNode(true);
    area.append(toast);
    const words = toast.querySelector("a").textContent;
    document.dispatchEvent(new CustomEvent("console:announce", { detail: words }));
    if (toast.dataset.tone === "good") fade(toast);
  };

  const tell = () => {
    const part = document.getElementById("activity");
    if (!part?.dataset.at || document.hidden) return;
    const { since, told } = recall();
    const fresh = [...part.querySelectorAll("[data-news]")].filter(
      (each) => !told.includes(each.dataset.news),
    );
    keep({
      since: Math.max(since, Number(part.dataset.at)),
      told: [...told, ...fresh.map((each) => each.dataset.news)].slice(-KEPT),
    });
    fresh
      .filter((each) => since && Number(each.dataset.at) > since - LEEWAY_SECONDS)
      .filter((each) => !isShownHere(each.dataset.news))
      .forEach(show);
  };

  document.addEventListener("click", (event) => {
    event.target.closest("[data-toast-close]")?.closest(".toast").remove();
  });
  document.addEventListener("htmx:afterSettle", tell);
  document.addEventListener("visibilitychange", tell);
  tell();
}
