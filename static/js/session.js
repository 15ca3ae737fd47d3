// Says two minutes ahead that the session ends, and puts the end off when the person says so.
// The server knows best: before anything is shown it is asked, by a request that keeps nothing
// alive; so what was done in another tab counts as well. Elements are looked up when needed.
"use strict";
{
  const WARN_SECONDS = 120;
  const AGAIN_SECONDS = 15;
  const SHOWN = '[data-shown="session-ending"]';
  let timer = 0;
  let isOver = false;

  const place = () => document.querySelector("[data-session]");
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const notice = (name, isOwnAct = false) => tell("console:notice", { name, isOwnAct });

  const wait = (seconds) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, Math.max(1, seconds) * 1000);
  };

  const calm = () => document.querySelectorAll(SHOWN).forEach((notice) => notice.remove());

  const warn = (told) => {
    if (!document.querySelector(SHOWN)) notice("session-ending");
    for (const notice of document.querySelectorAll(SHOWN)) {
      const sentence = notice.querySelector("[data-session-sentence]");
      if (sentence.textContent !== told.sentence) sentence.textContent = told.sentence;
      notice.querySelector("form").hidden = !told.can_stay;
    }
  };

  const form = () => document.querySelector("[data-draft-form]");
  const signInLink = () => document.querySelector('[data-shown="signed-out-kept"] a');

  // A form that stands open stays as it is: one signs in beside it, and goes on here or there.
  const over = (isOwnAct = false) => {
    isOver = true;
    window.clearTimeout(timer);
    calm();
    notice(form() ? "signed-out-kept" : "signed-out", isOwnAct);
    const link = signInLink();
    if (!link) return;
    link.target = "_blank";
    link.search = new URLSearchParams({ next: form().getAttribute("action") });
  };

  const back = () => {
    tell("console:signed-in");
    const draft = document.querySelector("[data-draft]");
    if (isOver && draft) htmx.trigger(draft, "keep-draft");
    isOver = false;
  };

  const follow = (told) => {
    if (told.seconds > WARN_SECONDS) calm();
    else warn(told);
    const rest = told.seconds - WARN_SECONDS;
    wait(rest > 0 ? rest : Math.min(told.seconds, AGAIN_SECONDS));
  };

  // After a new sign-in in another tab the old form token is no longer good; what was typed is.
  const renew = (token) => {
    for (const part of [document, ...[...document.querySelectorAll("template")].map((t) => t.content)])
      part.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => (input.value = token));
  };

  const ask = async () => {
    const page = place();
    if (!page) return;
    let answer;
    try {
      answer = await fetch(page.dataset.state, { headers: { "Console-Poll": "1", "HX-Request": "true" } });
    } catch {
      wait(AGAIN_SECONDS);
      return;
    }
    if (answer.status === 401) return over();
    if (!answer.ok) return wait(WARN_SECONDS);
    const told = await answer.json();
    if (told.person !== page.dataset.person) return window.location.reload();
    renew(told.csrf);
    back();
    follow(told);
  };

  const stay = async (button) => {
    const hadFocus = button.contains(document.activeElement);
    const dialog = button.closest("dialog");
    let answer;
    try {
      answer = await fetch(button.action, { method: "POST", body: new FormData(button), redirect: "manual" });
    } catch {
      wait(1);
      return;
    }
    if (!answer.ok) return ask();
    follow(await answer.json());
    if (hadFocus) (dialog?.querySelector("[tabindex='-1']") ?? document.getElementById("main")).focus();
    tell("console:announce", place().dataset.stayed);
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-session-stay]")) return;
    event.preventDefault();
    stay(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const button = document.querySelector(`${SHOWN} form:not([hidden])`);
    if (event.key !== "Enter" || !button || event.target.closest("a, button, input, select, textarea, summary")) return;
    event.preventDefault();
    button.requestSubmit();
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) over(!event.detail.elt.matches("[data-poll], [data-draft]"));
    if (event.detail.xhr.status === 403) ask(); // the form token may be from before a new sign-in
  });
  // What is typed after the end is in the page alone: sending it now would lead away from it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOver || !event.detail.elt.matches("[data-draft-form]")) return;
    event.preventDefault();
    over();
    signInLink()?.focus();
    // Signed in again beside it meanwhile: what was pressed then still counts, and its form goes once.
    ask().then(() => isOver || event.detail.elt.requestSubmit());
  });
  // The timers of a hidden tab are late, and who comes back may have signed in elsewhere.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  if (place()) wait(Number(place().dataset.seconds) - WARN_SECONDS);
}
