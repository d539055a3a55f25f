/* Why: each decision with its reasons as they are taken, newest first. A "no" is an answer too. */

import { byId, h, keyed, redraw } from "./dom.js";
import { emptyState } from "./panes.js";
import { timeOf } from "./times.js";
import { onState, world } from "./world.js";

const SAID = new Set(["said", "fired", "sent"]);
const NOT_SAID = new Set(["skipped", "held", "quiet", "refused", "dropped", "withdrawn", "no"]);
const BAD = new Set(["error", "refused"]);
const SHOWN = 3;
let filter = "all";

/** Draw it at every state; the three radio buttons choose what is listed. */
export function startWhy() {
  byId("why-filter").addEventListener("change", (event) => {
    filter = event.target.value;
    draw(world.state);
  });
  onState(draw);
}

const kept = {
  all: () => true,
  said: (reason) => SAID.has(reason.result),
  not: (reason) => NOT_SAID.has(reason.result) || BAD.has(reason.result),
};

function draw(state) {
  const entries = [...state.why]
    .sort((a, b) => b.n - a.n)
    .map((entry) => ({ ...entry, reasons: entry.reasons.filter(kept[filter]), says: filter === "not" ? [] : entry.says }))
    .filter((entry) => filter === "all" || entry.reasons.length || entry.says.length);
  keyed(byId("why-list"), entries, {
    key: (entry) => String(entry.n),
    make: () => h("li", { class: "why-entry" }),
    update: (element, entry) => redraw(element, entry, () => decision(entry)),
  });
  redraw(byId("why-empty"), [entries.length, filter, state.why.length], () => (entries.length ? [] : nothing(state.why.length)));
}

function nothing(any) {
  if (any) return emptyState("None of that kind yet", "Choose All to see every decision, or move the clock.");
  return emptyState("No decisions yet", "Press a button in Slack or move the clock: each decision is explained here as it is taken.");
}

/* "StepDone" is "Step done"; the product's own names stay as it sends them. */
function eventWords(event) {
  if (event.includes(".")) return h("code", {}, event);
  return event.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`).replace(/^Csm/, "CSM");
}

function decision({ at, person, event, reasons, says }) {
  const loud = reasons.filter((reason) => !NOT_SAID.has(reason.result));
  const calm = reasons.filter((reason) => NOT_SAID.has(reason.result));
  const folded = calm.length > SHOWN ? calm.slice(SHOWN - 1) : [];
  const open = calm.slice(0, calm.length - folded.length);
  return [
    h("p", { class: "why-head" }, h("strong", {}, eventWords(event)), h("span", { class: "quiet" }, person), timeOf(at, "moment", "quiet")),
    says.length ? h("ul", { class: "why-says" }, says.map(said)) : null,
    reasons.length ? h("dl", { class: "reasons" }, [...loud, ...open].map(line)) : h("p", { class: "quiet" }, "No reason changed."),
    folded.length
      ? h("details", {}, h("summary", {}, `${folded.length} more that stayed quiet`), h("dl", { class: "reasons" }, folded.map(line)))
      : null,
  ];
}

function said(say) {
  return h("li", {}, `Says ${say.replace(/^[a-z]+\./, "")}`);
}

function line({ rule, result, because }) {
  const tone = BAD.has(result) ? "bad" : NOT_SAID.has(result) ? "calm" : SAID.has(result) ? "loud" : "";
  return h("div", { class: "reason" }, h("dt", {}, h("code", {}, rule), " ", h("span", { class: `result ${tone}` }, result), " "), h("dd", {}, because));
}
