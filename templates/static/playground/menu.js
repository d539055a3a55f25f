/* A button that opens a list of choices: Slack's selects and overflow menus. Arrow keys move, Esc closes, the focus returns. */

import { h, icon } from "./dom.js";

const CHEVRON = "M4 6l4 4 4-4";
const DOTS = "M3 8h.01M8 8h.01M13 8h.01";

/** `choices` are {text, …}; `choose(choice, button)` is called with the one taken. Without `text` the button shows three dots. */
export function menu({ text, name, focus, choices, choose }) {
  const face = text ? [h("span", {}, text), icon(CHEVRON)] : [icon(DOTS, 2.4)];
  const list = h("ul", { class: "menu", role: "menu", popover: "auto", "aria-label": name });
  const button = h(
    "button",
    {
      class: text ? "button" : "button square", type: "button",
      "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": text ? null : name, data: { focus },
    },
    face,
  );
  list.append(...choices.map((choice) => entry(choice, () => taken(choice))));

  function taken(choice) {
    list.hidePopover();
    choose(choice, button);
  }

  button.addEventListener("click", () => list.togglePopover());
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    if (!list.matches(":popover-open")) list.showPopover();
  });
  list.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    place(list, button);
    list.querySelector("[role=menuitem]")?.focus();
  });
  list.addEventListener("keydown", (event) => roam(event, list, button));
  return h("span", { class: "menu-holder" }, button, list);
}

function entry(choice, taken) {
  const item = h("button", { class: `menu-item ${choice.style ?? ""}`, type: "button", role: "menuitem", tabindex: "-1" }, choice.text);
  item.addEventListener("click", taken);
  return h("li", { role: "none" }, item);
}

function place(list, button) {
  const from = button.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const below = from.bottom + 4 + size.height <= innerHeight;
  list.style.left = `${Math.max(8, Math.min(from.left, innerWidth - size.width - 8))}px`;
  list.style.top = `${below ? from.bottom + 4 : Math.max(8, from.top - size.height - 4)}px`;
}

function roam(event, list, button) {
  const items = [...list.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Tab" || event.key === "Escape") {
    list.hidePopover();
    button.focus();
  }
  if (to === undefined && event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  if (to !== undefined) items.at(to % items.length)?.focus();
}
