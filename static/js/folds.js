// What a fold asks before an act may open below the window: it comes into view.
"use strict";
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches?.("details.confirm[open]")) event.target.scrollIntoView({ block: "nearest" });
  },
  true, // it does not bubble
);
