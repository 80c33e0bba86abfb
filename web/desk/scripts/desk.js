// The few things a desk page does by itself. Every page works without them.

import { createAll, Button, ErrorSummary, Header, PasswordInput, SkipLink } from "./nhsuk-frontend.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("nhsuk-frontend-supported");
}
for (const component of [Button, ErrorSummary, Header, PasswordInput, SkipLink]) {
  createAll(component);
}

// A wide chart opens at today, because that is what it is opened for.
for (const scroller of document.querySelectorAll("[data-opens-at]")) {
  const target = scroller.querySelector(scroller.dataset.opensAt);
  if (target) {
    scroller.scrollLeft = target.offsetLeft - scroller.clientWidth + target.offsetWidth * 2;
  }
}

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A choice in a filter is followed at once; without this script its button does it.
for (const form of document.querySelectorAll("form[data-submits-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
