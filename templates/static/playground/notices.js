/* Short lines that come and go: errors one must see, news one may hear. */

import { byId, h, icon } from "./dom.js";

const STAYS = 9000;

/** Something went wrong: what happened, what was kept, what to do. Stays a while and can be closed. */
export function alertOf(text) {
  const close = h("button", { class: "button plain square", type: "button", "aria-label": "Close this notice" }, icon("M4 4l8 8M12 4l-8 8"));
  const notice = h("p", { class: "notice" }, h("span", {}, text), close);
  close.addEventListener("click", () => notice.remove());
  byId("alerts").append(notice);
  setTimeout(() => notice.remove(), STAYS);
}

let waiting = [];

/** Tell screen readers what is new: one polite, short sentence even if much happens at once. */
export function announce(text) {
  waiting.push(text);
  if (waiting.length > 1) return;
  setTimeout(() => {
    const lines = waiting.length > 3 ? [...waiting.slice(0, 3), `and ${waiting.length - 3} more`] : waiting;
    waiting = [];
    byId("news").textContent = lines.join(". ");
  }, 250);
}
