/* The team's side of Slack: cards for people who are stuck, a thread under each, and a CSM to answer as. */

import { blocksOf } from "./blocks.js";
import { isShared } from "./channel.js";
import { byId, h, redraw } from "./dom.js";
import { drawMessages, namesOf } from "./messages.js";
import { announce } from "./notices.js";
import { atEnd, composer, emptyState, mark, toNewest } from "./panes.js";
import { inWords } from "./times.js";
import { act, onState, world } from "./world.js";

const HOME = "home";
const MESSAGES = "messages";
const OWN = { [HOME]: "Home", [MESSAGES]: "Messages" };

let chosen = "";
const opened = new Map();

/** Draw it at every state, and act as the CSM who is chosen. */
export function startTeam() {
  byId("team-channel").addEventListener("change", (event) => {
    chosen = event.target.value;
    arrive();
  });
  byId("team-as").addEventListener("change", (event) => {
    world.csm = event.target.value;
    arrive();
  });
  composer(byId("team-say"), say);
  onState(draw);
}

/* Somewhere else, or somebody else: Handrail hears when a Home is opened. */
function arrive() {
  draw(world.state, world.state);
  toNewest(byId("team-scroll"));
  if (chosen === HOME) act("open_home", { user: world.csm });
}

function say(text) {
  if (chosen === MESSAGES) return act("say", { user: world.csm, text }, "worked");
  return act("write", { user: world.csm, channel: chosen, text }, "worked");
}

function draw(state, before) {
  const channels = state.channels.filter((one) => !isShared(one, state));
  const channel = channels.find((one) => one.id === chosen) ?? channels[0];
  if (!(chosen in OWN)) chosen = channel?.id ?? "";
  drawChoices(state, channels);
  const keep = atEnd(byId("team-scroll"));
  const shown = chosen === HOME ? null : chosen === MESSAGES ? state.csm_dms?.[world.csm] : channel;
  drawList(state, shown);
  drawHome(state);
  drawComposer(shown);
  keep(!before);
  if (before) tell(state, before);
}

/* A channel with its threads, the CSM's own conversation with Handrail, or nothing. */
function drawList(state, shown) {
  const names = namesOf(state);
  const place = shown?.id ?? shown?.channel ?? "";
  const messages = shown?.messages ?? [];
  const threads = (item, message) => drawThread(item, message, { channel: shown, names, last: message === messages.at(-1) });
  drawMessages(byId("team-list"), messages, {
    names,
    as: { user: world.csm, channel: place },
    press: (message, action) => press(place, message, action),
    under: shown?.id ? threads : null,
  });
  redraw(byId("team-empty"), [messages.length, chosen in OWN], () => (messages.length || chosen in OWN ? [] : nobodyIsStuck()));
}

function nobodyIsStuck() {
  return emptyState("Nobody is stuck", "When someone is, a card appears here with all that is needed to help. Press “I’m stuck” in the customer’s Slack to see one.");
}

function drawHome(state) {
  const view = chosen === HOME ? state.csm_homes?.[world.csm] : null;
  const act_ = (action) => act("click", { user: world.csm, container: { type: "view", view_id: view.id }, ...action }, "worked");
  byId("team-home").hidden = chosen !== HOME;
  redraw(byId("team-home"), view?.blocks ?? chosen, () =>
    view?.blocks.length ? blocksOf(view.blocks, { names: namesOf(state), press: act_ }) : emptyState("Nothing here", "Handrail draws a colleague’s Home when they open it."),
  );
}

function drawComposer(shown) {
  const where = shown?.name ? `#${shown.name}` : "Handrail";
  byId("team-compose").hidden = chosen === HOME;
  byId("team-say-label").textContent = `Message ${where} as ${nameOfCsm()}`;
  byId("team-say-text").placeholder = `Message ${where} as ${nameOfCsm()}, or /onboarding`;
}

function drawChoices(state, channels) {
  redraw(byId("team-channel"), [channels.map((one) => one.name), chosen], () =>
    [
      ...channels.map((one) => option("strip-tab", "channel", one.id, `#${one.name}`, one.id === chosen)),
      ...Object.entries(OWN).map(([value, words]) => option("strip-tab", "channel", value, words, value === chosen)),
    ],
  );
  redraw(byId("team-as"), [state.csms, world.csm], () =>
    state.csms.map((csm) => option("segment", "csm", csm.id, csm.name.split(" ")[0], csm.id === world.csm)),
  );
}

function option(className, name, value, words, checked) {
  return h("label", { class: className }, h("input", { type: "radio", name, value, checked, data: { focus: value } }), h("span", {}, words));
}

function press(channel, message, action) {
  return act("click", { user: world.csm, container: { type: "message", channel, ts: message.ts }, ...action }, "worked");
}

function nameOfCsm() {
  return world.state.csms.find((csm) => csm.id === world.csm)?.name.split(" ")[0] ?? "the team";
}

function drawThread(item, message, { channel, names, last }) {
  const thread = message.thread ?? [];
  let box = item.querySelector(":scope > .thread");
  if (!box) item.append((box = makeThread(channel.id, message.ts)));
  const open = opened.get(message.ts) ?? last;
  const latest = thread.at(-1);
  const toggle = box.querySelector(".thread-toggle");
  const count = thread.length === 1 ? "1 reply" : `${thread.length} replies`;
  toggle.textContent = open ? (thread.length ? `Hide ${count}` : "Close thread") : thread.length ? `${count} · ${inWords(latest.at)}` : "Reply in thread";
  toggle.setAttribute("aria-expanded", String(open));
  box.querySelector(".thread-inside").hidden = !open;
  drawMessages(box.querySelector(".thread-list"), thread, {
    names,
    as: { user: world.csm, channel: channel.id },
    days: false,
    press: (reply, action) => press(channel.id, reply, action),
  });
  const words = `Reply as ${nameOfCsm()}`;
  box.querySelector("textarea").placeholder = words;
  box.querySelector("textarea").setAttribute("aria-label", `${words}, in the thread`);
}

function makeThread(channel, ts) {
  const toggle = h("button", { class: "thread-toggle", type: "button" });
  const form = h(
    "form",
    { class: "composer" },
    h("textarea", { class: "field", rows: 1, maxlength: 3000 }),
    h("button", { class: "button", type: "submit" }, "Reply"),
  );
  const box = h("div", { class: "thread" }, toggle, h("div", { class: "thread-inside" }, h("ol", { class: "thread-list" }), form));
  toggle.addEventListener("click", () => {
    opened.set(ts, toggle.getAttribute("aria-expanded") !== "true");
    draw(world.state, world.state);
  });
  composer(form, (text) => act("thread", { csm: world.csm, channel, thread_ts: ts, text }, "replied"));
  return box;
}

function tell(state, before) {
  const count = (from) => from.channels.reduce((sum, one) => sum + one.messages.length + one.messages.reduce((n, message) => n + (message.thread?.length ?? 0), 0), 0);
  if (count(state) <= count(before)) return;
  announce("News in the team’s channel");
  mark("team");
}
