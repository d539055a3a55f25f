/* World time: what it is, what comes next, and moving it. Machine time never moves. */

import { byId, redraw } from "./dom.js";
import { announce } from "./notices.js";
import { refreshTimes, setWorldTime, timeOf } from "./times.js";
import { act, onState } from "./world.js";

let asked = false;

/** Draw it at every state, first of all panes: the others tell their times by it. */
export function startClock() {
  for (const button of document.querySelectorAll("[data-move]")) {
    button.addEventListener("click", () => move(button.dataset.move));
  }
  onState(draw);
}

async function move(how) {
  if (byId("clock").classList.contains("moving")) return;
  asked = true;
  busy(true);
  await act("clock", { move: how }, "moved");
  asked = false;
  busy(isMoving);
  if (!isMoving) announce(`It is now ${byId("now").textContent}`);
}

let isMoving = false;

function draw(state) {
  isMoving = state.moving;
  setWorldTime(state.now, state.zone ?? "UTC");
  redraw(byId("now"), state.now, () => timeOf(state.now, "full"));
  redraw(byId("due"), [state.next_due, state.now, state.moving], () => due(state));
  busy(asked || isMoving, state.next_due);
  refreshTimes();
}

function due(state) {
  if (state.moving) return ["Moving, and stopping at all that is due on the way"];
  if (!state.next_due) return ["Nothing is due"];
  return Date.parse(state.next_due) <= Date.parse(state.now) ? ["Something is due now"] : ["Next thing due ", timeOf(state.next_due)];
}

function busy(on, next) {
  byId("clock").classList.toggle("moving", on);
  byId("clock-progress").hidden = !on;
  for (const button of document.querySelectorAll("[data-move]")) {
    const idle = button.dataset.move === "next" && next === null;
    button.setAttribute("aria-disabled", String(on || idle));
  }
}
