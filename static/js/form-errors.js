// After a refused form the focus goes to the summary of what is wrong.
"use strict";
{
  const focusSummary = () => document.querySelector("[data-error-summary]")?.focus();

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.querySelector?.("[data-error-summary]")) focusSummary();
  });
  focusSummary();
}
