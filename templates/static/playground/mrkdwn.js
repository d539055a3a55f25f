/* Slack's mrkdwn and rich text into elements. Nothing here ever reads text as markup of the page. */

import { h } from "./dom.js";
import { emoji, post, posts } from "./emoji.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const plain = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

const PARTS = new RegExp(
  [
    "<(?<angle>[^<>\\n]+)>",
    "`(?<code>[^`\\n]+)`",
    "(?<![\\w*])\\*(?<strong>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\w*])",
    "(?<![\\w_])_(?<em>[^\\s_](?:[^_\\n]*[^\\s_])?)_(?![\\w_])",
    "(?<![\\w~])~(?<del>[^\\s~](?:[^~\\n]*[^\\s~])?)~(?![\\w~])",
    ":(?<emoji>[a-z0-9_+-]+):",
    "(?<rail>[●◉○·–](?:[ ─]{0,2}[●◉○·–]){2,})",
  ].join("|"),
);

/** One line's words: bold, italic, struck, code, links, mentions, emoji. */
export function inline(text, names = {}) {
  const nodes = [];
  let rest = text;
  for (let found = PARTS.exec(rest); found; found = PARTS.exec(rest)) {
    if (found.index) nodes.push(plain(rest.slice(0, found.index)));
    nodes.push(part(found, names));
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest) nodes.push(plain(rest));
  return nodes;
}

function part(found, names) {
  const { angle, code, strong, em, del, rail, emoji: short } = found.groups;
  if (angle) return reference(angle, names);
  if (code) return h("code", {}, plain(code));
  if (strong) return h("strong", {}, inline(strong, names));
  if (em) return h("em", {}, inline(em, names));
  if (del) return h("del", {}, inline(del, names));
  return rail ? posts(rail) : (emoji(short) ?? found[0]);
}

function reference(inside, names) {
  const [target, label] = inside.split(/\|(.*)/s);
  const mention = (text) => h("span", { class: "mention" }, text);
  if (target.startsWith("@")) return mention(`@${names[target.slice(1)] ?? label ?? "someone"}`);
  if (target.startsWith("#")) return mention(`#${names[target.slice(1)] ?? label ?? "channel"}`);
  if (target.startsWith("!date")) return plain(label ?? "");
  if (target.startsWith("!")) return mention(`@${label ?? target.slice(1).split("^")[0]}`);
  return link(plain(target), label ? inline(label, names) : [plain(target).replace(/^mailto:/, "")]);
}

/* A line of a checklist begins with its post. */
function marked(line, names) {
  const [, mark, rest] = /^([●◉○·–])( {2}.*)$/.exec(line) ?? [null, null, line];
  return mark ? [...post(mark), ...inline(rest, names)] : inline(rest, names);
}

/** A link that leaves this page alone. Anything but the web and mail stays text. */
export function link(url, label, className = null) {
  if (!/^(https?:|mailto:|\/)/i.test(url)) return h("span", {}, label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: className }, label);
}

const KINDS = [
  ["fence", /^```/],
  ["quote", /^(?:>|&gt;) ?/],
  ["bullets", /^\s*[•◦-] +/],
  ["numbers", /^\s*\d+[.)] +/],
];
const kindOf = (line) => KINDS.find(([, pattern]) => pattern.test(line))?.[0] ?? (line.trim() ? "words" : "gap");

/** A whole text: paragraphs, quotes, lists and fenced code. */
export function mrkdwn(text, names = {}) {
  const groups = [];
  let fenced = null;
  for (const line of String(text ?? "").split("\n")) {
    const kind = kindOf(line);
    if (fenced && !line.includes("```")) fenced.lines.push(line);
    else if (fenced) fenced = null;
    else if (kind === "fence" && /^```.+```$/.test(line)) groups.push({ kind, lines: [line.slice(3, -3)] });
    else if (kind === "fence") groups.push((fenced = { kind, lines: line.length > 3 ? [line.slice(3)] : [] }));
    else if (groups.at(-1)?.kind === kind) groups.at(-1).lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return groups.filter((group) => group.kind !== "gap").map((group) => block(group, names));
}

function block({ kind, lines }, names) {
  const bare = (line) => line.replace(KINDS.find(([name]) => name === kind)?.[1] ?? "", "");
  if (kind === "fence") return h("pre", {}, h("code", {}, plain(lines.join("\n"))));
  if (kind === "bullets") return h("ul", { class: "bullets" }, lines.map((line) => h("li", {}, inline(bare(line), names))));
  if (kind === "numbers") return h("ol", { class: "numbers" }, lines.map((line) => h("li", {}, inline(bare(line), names))));
  const broken = lines.flatMap((line, n) => [n > 0 && h("br"), ...marked(bare(line), names)]);
  return h(kind === "quote" ? "blockquote" : "p", {}, broken);
}

/** A text object of Block Kit. */
export function textOf(object, names = {}) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : [h("p", {}, plainText(object))];
}

/** A plain_text object: emoji are drawn, nothing else is read into it. */
export function plainText(object) {
  const pieces = String(object?.text ?? "").split(/(:[a-z0-9_+-]+:)/);
  return pieces.filter(Boolean).map((piece) => (/^:.+:$/.test(piece) && emoji(piece.slice(1, -1))) || piece);
}

/** A rich_text block, as far as people type it. */
export function richText(block_, names = {}) {
  return (block_.elements ?? []).map((element) => {
    const inner = () => (element.elements ?? []).map((piece) => richPiece(piece, names));
    if (element.type === "rich_text_list") {
      const items = (element.elements ?? []).map((item) => h("li", {}, (item.elements ?? []).map((piece) => richPiece(piece, names))));
      return h(element.style === "ordered" ? "ol" : "ul", { class: element.style === "ordered" ? "numbers" : "bullets" }, items);
    }
    if (element.type === "rich_text_quote") return h("blockquote", {}, inner());
    if (element.type === "rich_text_preformatted") return h("pre", {}, h("code", {}, inner()));
    return h("p", { class: "kept" }, inner());
  });
}

function richPiece(piece, names) {
  if (piece.type === "link") return link(piece.url, [piece.text ?? piece.url]);
  if (piece.type === "emoji") return emoji(piece.name) ?? `:${piece.name}:`;
  if (piece.type === "user") return h("span", { class: "mention" }, `@${names[piece.user_id] ?? "someone"}`);
  const styles = [["bold", "strong"], ["italic", "em"], ["strike", "del"], ["code", "code"]];
  return styles.reduce((node, [style, tag]) => (piece.style?.[style] ? h(tag, {}, node) : node), piece.text ?? "");
}
