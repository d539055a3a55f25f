/* Slack messages as one sees them: who, when, blocks or words, reactions. Used in the DM and in the team's channel. */

import { blocksOf, isOurs } from "./blocks.js";
import { doings } from "./doings.js";
import { h, keyed, redraw } from "./dom.js";
import { reaction } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { dayOf, timeOf } from "./times.js";

const TOGETHER = 5 * 60_000;

/** Slack ids → names, for mentions. */
export function namesOf(state) {
  const people = state.people.map((person) => [person.slack_user, person.name]);
  const csms = state.csms.map((csm) => [csm.id, csm.name]);
  const channels = state.channels.map((channel) => [channel.id, channel.name]);
  return { ...Object.fromEntries([...people, ...csms, ...channels]), ...state.users };
}

/* Two letters for a face. */
function initials(name) {
  const words = String(name).trim().split(/\s+/);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : String(name).slice(0, 2)).toUpperCase();
}

/**
 * Bring a list of messages up to date. `under(item, message)` may add what stands below one, such as its thread.
 * `as` says who sees them and where, `{user, channel}`: what they can do with a message depends on it.
 */
export function drawMessages(list, messages, { names, press, as, days = true, under }) {
  const items = [];
  messages.forEach((message, n) => {
    const before = messages[n - 1];
    const newDay = !before || dayOf(before.at) !== dayOf(message.at);
    if (days && newDay) items.push({ key: `day-${dayOf(message.at)}`, day: message.at });
    items.push({ key: message.ts, message, joined: !newDay && joins(before, message) });
  });
  keyed(list, items, {
    key: (item) => item.key,
    make: (item) => (item.day ? h("li", { class: "day" }, timeOf(item.day, "day")) : frame()),
    update: (element, item) => {
      if (!item.message) return;
      element.classList.toggle("joined", item.joined);
      const press_ = (action, control) => press(item.message, action, control);
      const style = days ? "time" : "moment";
      redraw(element.firstElementChild, [item.message, as], () => body(item.message, { names, press: press_, style, as }));
      under?.(element, item.message);
    },
  });
}

function joins(before, message) {
  const soon = Date.parse(message.at) - Date.parse(before.at) < TOGETHER;
  return soon && before.user.id === message.user.id && before.user.name === message.user.name && !message.ephemeral && !before.ephemeral && !before.thread?.length;
}

function frame() {
  return h("li", { class: "message-item" }, h("article", { class: "message" }));
}

function body(message, at) {
  const { user, blocks, reactions } = message;
  const content = blocks?.length ? blocksOf(blocks, at) : mrkdwn(message.text, at.names);
  return [
    face(user, at.names),
    h(
      "div",
      { class: "message-body" },
      message.ephemeral && h("p", { class: "only-you" }, `Only ${at.names[message.for_user] ?? "one person"} can see this`),
      h(
        "p",
        { class: "byline" },
        h("strong", {}, user.name),
        user.bot && h("span", { class: "app" }, "App"),
        timeOf(message.at, at.style, "quiet"),
      ),
      h("div", { class: "content" }, content, message.edited && h("span", { class: "edited" }, "(edited)")),
      message.files?.length ? h("ul", { class: "files" }, message.files.map(attached)) : null,
      reactions?.length ? h("ul", { class: "reactions" }, reactions.map(reacted)) : null,
    ),
    at.as && !message.ephemeral ? doings(message, at.as) : null,
  ];
}

/* The square before a message: the mark for the bot, initials for people and for the bot where it speaks in a person's name. */
function face(user, names) {
  if (isOurs(user.icon)) return h("img", { class: "face", src: user.icon, alt: "", width: 36, height: 36 });
  if (user.bot && user.name === (names[user.id] ?? user.name)) {
    return h("img", { class: "face", src: "/playground/static/mark.svg", alt: "", width: 36, height: 36 });
  }
  const tint = [...user.name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 0) % 4;
  return h("span", { class: `face tint-${tint}`, "aria-hidden": "true" }, initials(user.name));
}

function attached({ name, size, url }) {
  const weight = size < 1024 ? `${size} bytes` : `${Math.round(size / 1024)} KB`;
  return h("li", {}, h("a", { class: "file", href: url, download: name }, name), h("span", { class: "quiet" }, weight));
}

function reacted({ name, count }) {
  const tick = /check_mark/.test(name);
  const label = tick ? "Sent to the customer" : `Reaction ${name}, ${count}`;
  const seen = [reaction(name), count].map((text) => h("span", { "aria-hidden": "true" }, text));
  return h("li", { class: tick ? "reaction tick" : "reaction", title: label }, seen, h("span", { class: "sr" }, label));
}
