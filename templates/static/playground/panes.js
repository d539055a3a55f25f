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
  for (const chat of section.querySelectorAll(".chat")) chat.scrollTop = chat.scrollHeight;
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

/** Remember, before drawing, whether a list stands at its end; call the result afterwards to keep it there. */
export function atEnd(scroller) {
  const held = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
  return (force = false) => {
    if (held || force) scroller.scrollTop = scroller.scrollHeight;
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
