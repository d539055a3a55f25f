/* What panes have in common: the row of tabs on a phone, scrolling like a chat, and saying what to do when there is nothing. */

import { byId, h } from "./dom.js";

const NEAR = 80;

/** On a phone one pane is seen at a time; the row at the bottom chooses. */
export function startPanes() {
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => show(button.dataset.show));
  }
  show("slack");
}

/** Bring a pane to the front; `attend` also moves the focus there, for jumps from elsewhere on the page. */
export function show(pane, { attend = false } = {}) {
  document.body.dataset.pane = pane;
  for (const button of document.querySelectorAll("[data-show]")) {
    const current = button.dataset.show === pane;
    button.setAttribute("aria-current", String(current));
    if (current) mark(pane, false);
  }
  const section = byId(pane);
  for (const chat of section.querySelectorAll(".chat")) toNewest(chat);
  if (!attend) return;
  section.scrollIntoView({ block: "nearest" });
  section.querySelector("h2").focus({ preventScroll: true });
  section.classList.remove("called");
  requestAnimationFrame(() => section.classList.add("called"));
}

/** A dot on the tab of a pane that has news. */
export function mark(pane, on = true) {
  const button = document.querySelector(`[data-show="${pane}"]`);
  const news = button.querySelector(".tab-news");
  news.hidden = !(on && document.body.dataset.pane !== pane);
}

const settled = new WeakMap();
const lastOf = (scroller) => scroller.querySelector(".message-list")?.lastElementChild;

/** Scroll to the newest: to the end, or where a card is taller than its place (`data-newest="head"`) to where it begins. */
export function toNewest(scroller) {
  const last = lastOf(scroller);
  scroller.scrollTop = scroller.scrollHeight;
  if (scroller.dataset.newest === "head" && last) {
    const above = scroller.getBoundingClientRect().top - last.getBoundingClientRect().top;
    if (above > 0) scroller.scrollTop -= above + 8;
  }
  settled.set(scroller, scroller.scrollTop);
}

/** Remember, before drawing, whether a list stands at its newest; call the result afterwards to keep it there. */
export function atEnd(scroller) {
  const end = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
  const held = end || scroller.scrollTop === settled.get(scroller);
  const last = lastOf(scroller);
  return (force = false) => {
    if (force || (held && last !== lastOf(scroller))) toNewest(scroller);
    else if (end) scroller.scrollTop = scroller.scrollHeight;
  };
}

/** An empty list says so, and how to get something into it. */
export function emptyState(title, text) {
  return h("div", { class: "empty" }, h("span", { class: "empty-rail", "aria-hidden": "true" }), h("p", { class: "empty-title" }, title), h("p", {}, text));
}

/** Enter sends, Shift+Enter makes a line, the field grows with its words. */
export function composer(form, send) {
  const field = form.querySelector("textarea");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return field.focus();
    field.value = "";
    const answer = await send(text);
    if (!answer.ok && !field.value) field.value = text;
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}
