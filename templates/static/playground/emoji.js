/* Slack's short names. The rail's posts and ticks are drawn by us, so that they look the same everywhere. */

import { h } from "./dom.js";

const POSTS = {
  large_green_circle: ["full", "done"],
  white_check_mark: ["tick", "done"],
  heavy_check_mark: ["tick", "done"],
  ballot_box_with_check: ["tick", "done"],
  large_blue_circle: ["now", "now"],
  radio_button: ["now", "now"],
  large_orange_circle: ["late", "needs attention"],
  large_yellow_circle: ["late", "needs attention"],
  red_circle: ["alarm", "urgent"],
  white_circle: ["open", "open"],
  white_large_square: ["open", "open"],
  black_circle: ["shut", "locked"],
  black_square_button: ["shut", "locked"],
  lock: ["shut", "locked"],
};

const GLYPHS = {
  wave: "👋", tada: "🎉", sparkles: "✨", rocket: "🚀", bulb: "💡", eyes: "👀", pray: "🙏", "+1": "👍", thumbsup: "👍",
  "-1": "👎", thumbsdown: "👎", heart: "❤️", smile: "😄", slightly_smiling_face: "🙂", thinking_face: "🤔", fire: "🔥", star: "⭐",
  warning: "⚠️", x: "❌", no_entry: "⛔", question: "❓", exclamation: "❗", information_source: "ℹ️", bell: "🔔", no_bell: "🔕",
  mute: "🔇", clock3: "🕒", hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", calendar: "📅", date: "📅",
  zzz: "💤", point_right: "👉", point_down: "👇", arrow_right: "➡️", link: "🔗", key: "🔑", unlock: "🔓", email: "📧",
  envelope: "✉️", incoming_envelope: "📨", speech_balloon: "💬", memo: "📝", pencil2: "✏️", bar_chart: "📊",
  chart_with_upwards_trend: "📈", busts_in_silhouette: "👥", bust_in_silhouette: "👤", raising_hand: "🙋", sos: "🆘",
  ambulance: "🚑", lifebuoy: "🛟", ring_buoy: "🛟", package: "📦", gear: "⚙️", wrench: "🔧", mag: "🔍", pushpin: "📌",
  round_pushpin: "📍", checkered_flag: "🏁", triangular_flag_on_post: "🚩", seedling: "🌱", muscle: "💪", clap: "👏",
  raised_hands: "🙌", handshake: "🤝", bookmark: "🔖", books: "📚", house: "🏠", one: "1", two: "2", three: "3",
};

/** The element or text for `:name:`; null when it is no emoji we know. */
export function emoji(name) {
  if (Object.hasOwn(POSTS, name)) {
    const [look, label] = POSTS[name];
    return h("span", { class: `emoji-post ${look}`, role: "img", "aria-label": label });
  }
  return Object.hasOwn(GLYPHS, name) ? GLYPHS[name] : null;
}

const MARKS = { "●": ["full", "Done: "], "◉": ["now", "Next: "], "○": ["open", "Open: "], "·": ["shut", "Locked: "], "–": ["shut", "Skipped: "] };

/** One post, where a line begins with its mark. */
export function post(mark) {
  const [look, label] = MARKS[mark];
  return [h("span", { class: `emoji-post ${look}`, "aria-hidden": "true" }), h("span", { class: "sr" }, label)];
}

/** A rail of progress, where the message has ●──●──◉──○. */
export function posts(marks) {
  const looks = [...marks].filter((mark) => mark in MARKS).map((mark) => MARKS[mark][0]);
  const done = looks.filter((look) => look === "full").length;
  const drawn = looks.map((look) => h("span", { class: `emoji-post ${look}` }));
  return h("span", { class: "posts", role: "img", "aria-label": `Progress: ${done} of ${looks.length} steps done` }, drawn);
}

/** What a reaction looks like beside its count. */
export function reaction(name) {
  return /check_mark/.test(name) ? "✓" : (GLYPHS[name] ?? `:${name}:`);
}
