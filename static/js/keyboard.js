// Single keys: "/" search, "?" the list of keys, "n" the page's first action, "g" and a letter a
// place. Never while one types or a dialog is open, and not at all where they are switched off.
// Escape closes a fold; a dialog's own Escape is the browser's.
"use strict";
{
  const SECOND_KEY_MS = 1500;
  let isGoing = false;
  let timer = 0;

  const isOff = () => document.documentElement.dataset.shortcuts === "off";
  const isTyping = (element) => element.closest?.("input, textarea, select, [contenteditable]");

  // With a Korean input method the key's name is a Hangul letter; its place on the keyboard counts.
  const keyOf = (event) => {
    const isLatin = event.key.length === 1 && event.key.charCodeAt(0) < 128;
    const place = /^Key([A-Z])$/.exec(event.code);
    return !isLatin && place ? place[1].toLowerCase() : event.key.toLowerCase();
  };

  const toSearch = () => {
    const search = document.querySelector("[data-search]");
    search?.focus();
    search?.select();
    return Boolean(search);
  };

  const showHelp = () => {
    const link = document.getElementById("shortcuts-link");
    if (link) htmx.ajax("GET", link.getAttribute("href"), "#panel-body");
    return Boolean(link);
  };

  // It moves there and no further: a slip of the finger never acts.
  const toFirstAction = () => {
    const action = document.querySelector("main a[data-panel-link], main .button[data-kind=main]");
    action?.focus();
    return Boolean(action);
  };

  const startGoing = () => {
    isGoing = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => (isGoing = false), SECOND_KEY_MS);
    return true;
  };

  const goTo = (key) => {
    isGoing = false;
    const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    link?.click();
    return Boolean(link);
  };

  const acts = { "/": toSearch, "?": showHelp, n: toFirstAction, g: startGoing };

  const closeFold = (event) => {
    const fold = event.target.closest?.("details.chooser[open]");
    if (!fold) return;
    fold.open = false;
    fold.querySelector("summary").focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeFold(event);
      if (event.target.matches?.("[data-search]")) event.target.blur(); // the browser empties it
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (isOff() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const key = keyOf(event);
    if (isGoing ? key.length === 1 && goTo(key) : acts[key]?.()) event.preventDefault();
  });
}
