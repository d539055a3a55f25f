/* Three steps to understand the product. They tick themselves off as the visitor does them. */

import { byId } from "./dom.js";
import { announce } from "./notices.js";
import { show } from "./panes.js";
import { onDone, onState, world } from "./world.js";

const KEY = "handrail.guide";
const PANES = { 1: "slack", 2: "clock", 3: "slack" };
const fresh = () => ({ done: [], closed: false, stuck: false });
let guide = fresh();

/** Show it, unless it was closed; watch for what it asks. */
export function startGuide() {
  guide = { ...fresh(), ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  byId("guide-close").addEventListener("click", () => change({ closed: true }));
  byId("guide-open").addEventListener("click", () => {
    change({ closed: false });
    byId("guide").querySelector("button").focus();
  });
  for (const button of document.querySelectorAll("[data-guide-step]")) {
    button.addEventListener("click", () => lead(Number(button.dataset.guideStep)));
  }
  onDone("pressed", ({ action_id }) => (isStuck(action_id) ? nowStuck() : finish(1)));
  onDone("moved", ({ move }) => move !== "hour" && finish(2));
  onDone("replied", () => finish(3));
  onDone("restarted", () => change(fresh()));
  onState(draw);
}

const isStuck = (action) => /^(stuck|human)/.test(action ?? "");

function nowStuck() {
  change({ stuck: true });
  finish(1);
  announce("Now claim the card in the team’s channel, and reply in its thread");
}

function lead(step) {
  if (step === 2) return document.querySelector('[data-move="day"]').focus();
  show(step === 3 && guide.stuck ? "team" : PANES[step], { attend: true });
}

function finish(step) {
  if (guide.done.includes(step)) return;
  change({ done: [...guide.done, step] });
  announce(guide.done.length === 3 ? "All three steps done" : `Step ${step} done`);
}

function change(what) {
  guide = { ...guide, ...what };
  sessionStorage.setItem(KEY, JSON.stringify(guide));
  draw(world.state);
}

const caption = {
  1: (name) => `Press a button in ${name}’s Slack`,
  2: () => "Move the clock a day",
  3: (_, csm) => (guide.stuck ? `Claim the card, and answer as ${csm}` : `Press I’m stuck and answer as ${csm}`),
};

function draw(state) {
  if (!state) return;
  const current = [1, 2, 3].find((step) => !guide.done.includes(step)) ?? 0;
  byId("guide").hidden = guide.closed;
  byId("guide-open").hidden = !guide.closed;
  byId("guide").dataset.current = current;
  document.body.dataset.guide = guide.closed ? "" : current === 3 && guide.stuck ? "answer" : String(current);
  for (const item of document.querySelectorAll("[data-guide-step]")) {
    const step = Number(item.dataset.guideStep);
    const done = guide.done.includes(step);
    item.parentElement.className = done ? "post done" : step === current ? "post current" : "post open";
    item.querySelector(".guide-label").textContent = caption[step](state.me.name.split(" ")[0], state.csms[0]?.name.split(" ")[0] ?? "the team");
    item.querySelector(".sr").textContent = done ? ", done" : step === current ? ", next" : "";
  }
  byId("guide-done").hidden = current !== 0;
}
