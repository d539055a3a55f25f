/* The customer's Slack: the conversation with Handrail, its Home, and a line to write. */

import { blocksOf } from "./blocks.js";
import { byId, h, redraw } from "./dom.js";
import { drawMessages, namesOf } from "./messages.js";
import { announce } from "./notices.js";
import { atEnd, composer, emptyState, mark } from "./panes.js";
import { act, onDone, onState, world } from "./world.js";

const TRY = ["done, thanks!", "remind me tomorrow", "how do I stop the sync?", "talk to a human"];
const tabs = () => [...document.querySelectorAll("#slack [role=tab]")];

/** Draw it at every state, and act as the customer. */
export function startSlack() {
  for (const tab of tabs()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", roam);
  }
  onDone("restarted", () => choose(byId("tab-messages")));
  composer(byId("say"), (text) => act("say", { user: world.person, text }, "said"));
  onState(draw);
}

/* What one may say: the app's own suggestions where it has some, and lines that show what it understands. */
function drawTries(prompts = []) {
  const lines = [...prompts, ...TRY.map((line) => ({ title: line, message: line }))].slice(0, 6);
  redraw(byId("tries"), lines, () => lines.map(suggestion));
}

function suggestion({ title, message }) {
  const button = h("button", { class: "try", type: "button", data: { focus: message } }, title);
  button.addEventListener("click", () => act("say", { user: world.person, text: message }, "said"));
  return h("li", {}, button);
}

function roam(event) {
  const all = tabs().filter((tab) => !tab.hidden);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = all[(all.indexOf(event.currentTarget) + step + all.length) % all.length];
  choose(next);
  next.focus();
}

function choose(chosen) {
  for (const tab of tabs()) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !on;
  }
  if (chosen.id === "tab-home") act("open_home", { user: world.person });
  else byId("dm").scrollTop = byId("dm").scrollHeight;
}

function press(container) {
  return (action) => act("click", { user: world.person, container, ...action }, "pressed");
}

function draw(state, before) {
  const names = namesOf(state);
  const first = state.me.name.split(" ")[0];
  byId("slack-title").textContent = `${first}’s Slack`;
  byId("slack-who").textContent = accountLine(state);
  byId("say-label").textContent = `Message Handrail as ${first}`;
  byId("say-text").placeholder = `Message Handrail as ${first}`;
  drawConversation(state, names, before);
  drawHome(state, names);
}

function accountLine(state) {
  const me = state.people.find((person) => person.slack_user === state.me.id);
  return [state.me.name, me?.account].filter(Boolean).join(" · ");
}

function drawConversation(state, names, before) {
  const { channel, messages, prompts, status } = state.dm;
  const keep = atEnd(byId("dm"));
  const same = before?.me.id === state.me.id;
  drawMessages(byId("dm-list"), messages, {
    names,
    as: { user: state.me.id, channel },
    press: (message, action) => press({ type: "message", channel, ts: message.ts })(action),
  });
  redraw(byId("dm-empty"), messages.length, () =>
    messages.length ? [] : emptyState("Nothing said yet", "Write a line below, or move the clock: the welcome comes with the first beat."),
  );
  drawTries(prompts);
  byId("dm-status").textContent = status ? `Handrail ${status}` : "";
  keep(!same);
  if (same) tell(messages, before.dm.messages);
}

function tell(messages, before) {
  const known = new Set(before.map((message) => message.ts));
  const fresh = messages.filter((message) => !known.has(message.ts) && message.user.id !== world.person);
  fresh.forEach((message) => announce(`${message.user.name} in Slack: ${String(message.text).slice(0, 90)}`));
  if (fresh.length) mark("slack");
}

function drawHome(state, names) {
  const blocks = state.home?.blocks;
  redraw(byId("home-blocks"), blocks ?? null, () =>
    blocks?.length
      ? blocksOf(blocks, { names, press: press({ type: "view", view_id: state.home.id }) })
      : emptyState("Home is being drawn", "Handrail draws it when someone opens it. If it stays empty, look at the terminal."),
  );
}
