// Says two minutes ahead that the session ends, and puts the end off when the person says so.
// The server knows best: before anything is shown it is asked, by a request that keeps nothing
// alive; so what was done in another tab counts as well. Elements are looked up when needed.
"use strict";
{
  const WARN_SECONDS = 120;
  const AGAIN_SECONDS = 15;
  const SHOWN = '[data-shown="session-ending"]';
  let timer = 0;

  const place = () => document.querySelector("[data-session]");
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  const wait = (seconds) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, Math.max(1, seconds) * 1000);
  };

  const calm = () => document.querySelectorAll(SHOWN).forEach((notice) => notice.remove());

  const warn = (told) => {
    if (!document.querySelector(SHOWN)) tell("console:notice", "session-ending");
    for (const notice of document.querySelectorAll(SHOWN)) {
      const sentence = notice.querySelector("[data-session-sentence]");
      if (sentence.textContent !== told.sentence) sentence.textContent = told.sentence;
      notice.querySelector("form").hidden = !told.can_stay;
    }
  };

  const over = () => {
    window.clearTimeout(timer);
    calm();
    tell("console:notice", "signed-out");
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
    tell("console:signed-in");
    follow(told);
  };

  const stay = async (form) => {
    const hadFocus = form.contains(document.activeElement);
    const dialog = form.closest("dialog");
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    } catch {
      wait(1);
      return;
    }
    if (!answer.ok) return ask();
    follow(await answer.json());
    if (hadFocus) (dialog?.querySelector("[tabindex='-1']") ?? document.getElementById("main")).focus();
    const region = document.querySelector("[data-announcements]");
    if (region) region.textContent = place().dataset.stayed;
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-session-stay]")) return;
    event.preventDefault();
    stay(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const form = document.querySelector(`${SHOWN} form:not([hidden])`);
    if (event.key !== "Enter" || !form || event.target.closest("a, button, input, select, textarea, summary")) return;
    event.preventDefault();
    form.requestSubmit();
  });
  // The timers of a hidden tab are late, and who comes back may have signed in elsewhere.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  if (place()) wait(Number(place().dataset.seconds) - WARN_SECONDS);
}
