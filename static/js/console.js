// The scripts of every page, in this order; an installation serves them as one file.
import "./announce.js";
import "./notice.js";
import "./slide-over.js";
import "./name-check.js";
import "./polling.js";
import "./session.js";
import "./copy.js";
import "./form-guard.js";
import "./form-errors.js";
import "./keyboard.js";
import "./folds.js";
