/* Her inbox: a list, and the mail itself in a frame that can run nothing. */

import { byId, h, redraw } from "./dom.js";
import { answerTo, startAnswers } from "./mail-answer.js";
import { announce } from "./notices.js";
import { emptyState, mark } from "./panes.js";
import { openProduct } from "./product-link.js";
import { inWords, timeOf } from "./times.js";
import { act, onState, world } from "./world.js";

const SHUT = {
  bounce: (who) => `Mail to ${who} bounces. SendGrid delivers no more of it.`,
  spamreport: (who) => `${who} called a mail spam. SendGrid delivers no more.`,
  unsubscribe: (who) => `${who} unsubscribed at SendGrid. It delivers no more.`,
};

let reading = null;
let form = "html";
const read = new Set();

/** Draw it at every state. */
export function startInbox() {
  byId("mail-back").addEventListener("click", () => open(null));
  for (const radio of document.querySelectorAll("[name=mail-form]")) {
    radio.addEventListener("change", () => {
      form = radio.value;
      load();
    });
  }
  byId("mail-frame").addEventListener("load", fit);
  startAnswers();
  onState(draw);
}

function draw(state, before) {
  const first = state.me.name.split(" ")[0];
  byId("inbox-title").textContent = `${first}’s inbox`;
  byId("inbox-who").textContent = state.me.email;
  if (reading && !state.inbox.some((mail) => mail.id === reading)) return open(null);
  redraw(byId("mail-list"), [state.inbox, [...read], reading], () => state.inbox.map(row));
  redraw(byId("mail-empty"), [state.inbox.length, first], () =>
    state.inbox.length ? [] : emptyState("No mail yet", `Handrail writes to ${first} in Slack first. Mail comes for messages that go both ways, and when Slack does not get through.`),
  );
  redraw(byId("mail-shut"), [state.mail_shut, state.me.email], () => (state.mail_shut ? shut(state) : []));
  if (before?.me.id === state.me.id) tell(state, before);
}

function shut(state) {
  const again = h("button", { class: "button", type: "button", data: { focus: "mail-through" } }, "Deliver again");
  again.addEventListener("click", () => act("let_mail_through", { email: state.me.email }, "worked"));
  const who = state.mail_shut === "bounce" ? state.me.email : state.me.name.split(" ")[0];
  return [h("span", {}, SHUT[state.mail_shut](who)), again];
}

function row(mail) {
  const button = h(
    "button",
    { class: isRead(mail) ? "mail" : "mail unread", type: "button", "aria-current": mail.id === reading ? "true" : null, data: { focus: `mail-${mail.id}` } },
    !isRead(mail) && h("span", { class: "sr" }, "Unread: "),
    h("span", { class: "mail-from" }, mail.mine ? "You wrote" : sender(mail.from)),
    timeOf(mail.at, "moment", "quiet"),
    h("span", { class: "mail-subject" }, mail.subject),
    h("span", { class: "mail-preheader" }, mail.preheader),
  );
  button.addEventListener("click", () => open(mail));
  return h("li", {}, button);
}

const isRead = (mail) => mail.read || read.has(mail.id);

function sender(from) {
  return String(from?.name || from?.email || from).replace(/\s*<.*>$/, "");
}

function open(mail) {
  const before = reading;
  reading = mail?.id ?? null;
  byId("inbox").classList.toggle("reading", Boolean(mail));
  byId("mail").hidden = !mail;
  answerTo(mail);
  if (mail) {
    read.add(mail.id);
    byId("mail-subject").textContent = mail.subject;
    byId("mail-meta").textContent = mail.mine ? `You to ${mail.to}, ${inWords(mail.at, "full")}` : `${sender(mail.from)} to ${mail.to}, ${inWords(mail.at, "full")}`;
    byId("mail-forms").hidden = mail.mine;
    byId("mail-frame").title = `The mail “${mail.subject}”`;
    load();
  }
  if (world.state) draw(world.state, null);
  if (mail) byId("mail-subject").focus({ preventScroll: true });
  else document.querySelector(`[data-focus="mail-${before}"]`)?.focus();
}

function load() {
  const query = form === "text" ? "?form=text" : "";
  byId("mail-frame").src = `/playground/api/mail/${encodeURIComponent(reading)}${query}`;
}

/* The frame may not run scripts, so we look in from outside: links leave the frame, and it is as tall as its mail. */
function fit() {
  const frame = byId("mail-frame");
  const inside = frame.contentDocument;
  if (!inside?.body) return;
  frame.style.height = "auto";
  frame.style.height = `${inside.documentElement.scrollHeight}px`;
  for (const anchor of inside.querySelectorAll("a[href]")) {
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
    anchor.addEventListener("click", (event) => openProduct(event, anchor.href));
  }
}

function tell(state, before) {
  const known = new Set(before.inbox.map((mail) => mail.id));
  const fresh = state.inbox.filter((mail) => !mail.mine && !known.has(mail.id));
  fresh.forEach((mail) => announce(`New mail: ${mail.subject}`));
  if (fresh.length) mark("inbox");
}
