// The few things a desk page does by itself. Every page works without them.

import { createAll, Button, ErrorSummary, Header, PasswordInput, SkipLink } from "./nhsuk-frontend.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("nhsuk-frontend-supported");
}
for (const component of [Button, ErrorSummary, Header, PasswordInput, SkipLink]) {
  createAll(component);
}

// An open group of the menu closes by Escape and by a press elsewhere, as every menu does.
const openGroups = () => document.querySelectorAll(".menu-group[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const group of openGroups()) {
    const hasFocus = group.contains(document.activeElement);
    group.open = false;
    if (hasFocus) group.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const group of openGroups()) {
    if (!group.contains(event.target)) group.open = false;
  }
});

// Inside "More" an open group makes the list longer: the header keeps that much room for it (nhsuk-frontend's way).
document.addEventListener("toggle", (event) => {
  const list = event.target.closest?.(".nhsuk-header__menu-list");
  if (!list || !event.target.matches(".menu-group")) return;
  list.closest("nav").style.setProperty("border-bottom-width", `${list.offsetHeight}px`);
}, true);

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

// What is typed into another screen is copied, and the button says that it was.
for (const button of document.querySelectorAll("[data-copies]")) {
  button.addEventListener("click", async () => {
    const status = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(button.dataset.copies);
    } catch {
      if (status) status.textContent = `This browser does not let the page copy. Type it: ${button.dataset.copies}`;
      return;
    }
    if (status) status.textContent = `Copied: ${button.dataset.copies}`;
    const words = button.innerHTML;
    button.textContent = "✓ Copied";
    setTimeout(() => { button.innerHTML = words; }, 2000);
  });
}

// A choice in a filter is followed at once; without this script its button does it.
for (const form of document.querySelectorAll("form[data-submits-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// A body map can be pressed: the area pressed is chosen in the list beside it, and what is chosen there is marked.
for (const map of document.querySelectorAll("[data-body-map]")) {
  const group = map.closest("fieldset.body-map-field, .nhsuk-form-group");
  const list = group.querySelector("select");
  const inputs = [...group.querySelectorAll("input[type=checkbox], input[type=radio]")];
  const isChosen = (area) => (list ? list.value === area : inputs.some((each) => each.value === area && each.checked));
  const mark = () => {
    for (const shape of group.querySelectorAll("[data-area]")) {
      shape.classList.toggle("body-map__area--chosen", isChosen(shape.dataset.area));
    }
  };
  group.addEventListener("change", mark);
  group.addEventListener("click", (event) => {
    const area = event.target.closest("[data-area]")?.dataset.area;
    if (!area) return;
    if (list) {
      list.value = list.value === area ? "" : area;
    } else {
      inputs.find((each) => each.value === area).click();
    }
    group.dispatchEvent(new Event("change"));
  });
  mark();
}
