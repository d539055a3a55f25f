/* Slack's modals as a real dialog: the browser keeps the focus inside and gives it back. */

import { announce } from "./notices.js";
import { blocksOf } from "./blocks.js";
import { byId, redraw } from "./dom.js";
import { closeOnVeil } from "./confirm.js";
import { missing, showErrors, valuesOf } from "./fields.js";
import { namesOf } from "./messages.js";
import { act, onState, world } from "./world.js";

let view = null;
let user = "";

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
  [user, view] = inFront(state);
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

/* Whose dialog is open: the customer's, else that of the CSM who is chosen. */
function inFront(state) {
  const csms = state.csm_modals ?? {};
  if (state.modal) return [state.me.id, state.modal];
  return world.csm in csms ? [world.csm, csms[world.csm]] : ["", null];
}

function press(action) {
  return act("click", { user, container: { type: "view", view_id: view.id }, ...action }, "pressed");
}

function leave() {
  byId("view").close();
  act("close_modal", { user });
}

async function submit(event) {
  event.preventDefault();
  const form = byId("view-blocks");
  const errors = missing(form);
  showErrors(form, errors);
  if (Object.keys(errors).length) return;
  const answer = await act("submit", { user, view_id: view.id, state: valuesOf(form) }, "submitted");
  if (answer.errors) showErrors(form, answer.errors);
}
