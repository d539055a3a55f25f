/* World time as people say it; the exact instant is kept for whoever hovers. */

import { h } from "./dom.js";

const LANGUAGE = "en-GB";
const DAY = 86_400_000;
const world = { now: new Date(), zone: "UTC" };
const formats = new Map();

function format(date, options) {
  const key = JSON.stringify(options) + world.zone;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LANGUAGE, { ...options, timeZone: world.zone }));
  return formats.get(key).format(date);
}

/** What time it is in the playground, and in whose zone it is told. */
export function setWorldTime(now, zone) {
  world.now = new Date(now);
  world.zone = zone;
}

/** 2026-03-02, where the clock hangs. */
export function dayOf(iso) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat(LANGUAGE, { timeZone: world.zone, year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(new Date(iso))
      .map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

function daysFromNow(iso) {
  return Math.round((Date.parse(dayOf(iso)) - Date.parse(dayOf(world.now))) / DAY);
}

const styles = {
  time: (date) => format(date, { hour: "2-digit", minute: "2-digit" }),
  day: (date) => dayWords(date),
  moment: (date) => momentWords(date),
  full: (date) => `${format(date, { weekday: "long", day: "numeric", month: "long" })}, ${styles.time(date)}`,
};

function dayWords(date) {
  const away = daysFromNow(date);
  const near = { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[away];
  const name = format(date, { weekday: "long", day: "numeric", month: "long" });
  return near ? `${near}, ${name}` : name;
}

function momentWords(date) {
  const away = daysFromNow(date);
  const time = styles.time(date);
  if (away === 0) return time;
  if (away === 1) return `tomorrow ${time}`;
  if (away === -1) return `yesterday ${time}`;
  if (Math.abs(away) < 7) return `${format(date, { weekday: "short" })} ${time}`;
  return `${format(date, { day: "numeric", month: "short" })} ${time}`;
}

/** Words for an instant: `time` 10:12, `day` Today, Monday 2 March, `moment` tomorrow 09:30, `full` both. */
export function inWords(iso, style = "moment") {
  return styles[style](new Date(iso));
}

/** The instant to the second, with its zone. */
export function exactly(iso) {
  return format(new Date(iso), {
    weekday: "long", day: "numeric", month: "long", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  });
}

/** A <time> that `refreshTimes` keeps true. */
export function timeOf(iso, style = "moment", className = "") {
  return h("time", { datetime: iso, title: exactly(iso), class: className, data: { style } }, inWords(iso, style));
}

/** 2026-03-02T09:30 for an instant in seconds, as the clock on the wall shows it. */
export function wallTime(seconds) {
  const date = new Date(seconds * 1000);
  return `${dayOf(date)}T${format(date, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}`;
}

/** The instant, in seconds, at which the clock on the wall shows 2026-03-02T09:30. */
export function epochIn(wall) {
  const wanted = Date.parse(`${wall}Z`);
  const shown = (instant) => Date.parse(`${wallTime(instant / 1000)}Z`);
  const near = wanted - (shown(wanted) - wanted);
  return Math.round((near - (shown(near) - wanted)) / 1000);
}

/** Words like "tomorrow" change when the clock moves. */
export function refreshTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-style]")) {
    const words = inWords(element.dateTime, element.dataset.style);
    if (element.textContent !== words) element.textContent = words;
  }
}
