/* Slack's modals as a real dialog: the browser keeps the focus inside and gives it back. */

import { announce } from "./notices.js";
import { blocksOf } from "./blocks.js";
import { byId, redraw } from "./dom.js";
import { closeOnVeil } from "./confirm.js";
import { missing, showErrors, valuesOf } from "./fields.js";
import { namesOf } from "./messages.js";
import { act, onState, world } from "./world.js";

let view = null;

/** Show the view Slack would show, or none. */
export function startModal() {
  const dialog = byId("view");
  closeOnVeil(dialog);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  byId("view-close").addEventListener("click", leave);
  byId("view-deny").addEventListener("click", leave);
  byId("view-form").addEventListener("submit", submit);
  onState(draw);
}

function draw(state) {
  const dialog = byId("view");
  view = state.modal;
  if (!view) {
    if (dialog.open) dialog.close();
    return;
  }
  byId("view-title").textContent = view.title?.text ?? "";
  byId("view-submit").textContent = view.submit?.text ?? "";
  byId("view-submit").hidden = !view.submit;
  byId("view-deny").textContent = view.close?.text ?? "Close";
  const names = namesOf(state);
  redraw(byId("view-blocks"), [view.id, view.blocks], () => blocksOf(view.blocks, { names, press }));
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector(".block .field, .block input, .block .button")?.focus();
  announce(`Dialog: ${view.title?.text ?? ""}`);
}

function press(action) {
  return act("click", { user: world.person, container: { type: "view", view_id: view.id }, ...action }, "pressed");
}

function leave() {
  byId("view").close();
  act("close_modal", { user: world.person });
}

async function submit(event) {
  event.preventDefault();
  const form = byId("view-blocks");
  const errors = missing(form);
  showErrors(form, errors);
  if (Object.keys(errors).length) return;
  const answer = await act("submit", { user: world.person, view_id: view.id, state: valuesOf(form) }, "submitted");
  if (answer.errors) showErrors(form, answer.errors);
}
