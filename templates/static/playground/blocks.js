/* Block Kit into elements: the blocks Handrail uses, on messages, Home and in modals. */

import { confirmed } from "./confirm.js";
import { h } from "./dom.js";
import { field } from "./fields.js";
import { menu } from "./menu.js";
import { mrkdwn, plainText, richText, textOf } from "./mrkdwn.js";
import { isPretend, openProduct } from "./product-link.js";

/* `at` is where the blocks stand: {names, press(action, control)}. */
const BLOCKS = {
  section: (block, at) =>
    h(
      "div",
      { class: block.accessory ? "block section beside" : "block section" },
      h(
        "div",
        { class: "section-text" },
        block.text && textOf(block.text, at.names),
        block.fields && h("div", { class: "fields" }, block.fields.map((text) => h("div", {}, textOf(text, at.names)))),
      ),
      block.accessory && element(block.accessory, block, at),
    ),
  actions: (block, at) => h("div", { class: "block actions" }, block.elements.map((one) => element(one, block, at))),
  context: (block, at) =>
    h("div", { class: "block context" }, block.elements.map((one) => (one.type === "image" ? picture(one) : h("div", {}, textOf(one, at.names))))),
  header: (block) => h("h3", { class: "block heading" }, plainText(block.text)),
  divider: () => h("hr", { class: "block" }),
  image: (block) => h("div", { class: "block" }, picture(block)),
  input: (block) => field(block),
  rich_text: (block, at) => h("div", { class: "block section" }, richText(block, at.names)),
  markdown: (block, at) => h("div", { class: "block section" }, mrkdwn(block.text.replaceAll("**", "*"), at.names)),
};

const ELEMENTS = {
  button: (one, block, at) => (one.url ? linkButton(one, block, at) : pressButton(one, block, at)),
  overflow: (one, block, at) => choice(one, block, at, ""),
  static_select: (one, block, at) => choice(one, block, at, one.placeholder?.text || "Choose"),
  image: (one) => picture(one),
};

/** Elements for a list of blocks. What we cannot draw says so instead of vanishing. */
export function blocksOf(blocks, at) {
  return blocks.map((block) => BLOCKS[block.type]?.(block, at) ?? unknown(block.type));
}

function element(one, block, at) {
  return ELEMENTS[one.type]?.(one, block, at) ?? unknown(one.type);
}

function unknown(type) {
  return h("p", { class: "block quiet" }, `A ${type} block, which this playground does not draw.`);
}

/** Nothing is fetched from elsewhere: a picture is its description. */
function picture(one) {
  return h("span", { class: "picture", role: "img", "aria-label": one.alt_text || "Picture" }, one.alt_text || "Picture");
}

function styleOf(one) {
  return `button ${one.style ?? ""}`;
}

function actionOf(one, block, selected) {
  const action = { action_id: one.action_id, block_id: block.block_id ?? "" };
  return selected ? { ...action, selected_option: selected } : { ...action, value: one.value ?? "" };
}

function pressButton(one, block, at) {
  const props = { class: styleOf(one), type: "button", "aria-label": one.accessibility_label, data: { focus: one.action_id, action: one.action_id } };
  const button = h("button", props, plainText(one.text));
  button.addEventListener("click", () => press(button, one, actionOf(one, block), at));
  return button;
}

function linkButton(one, block, at) {
  const props = { class: styleOf(one), href: one.url, target: "_blank", rel: "noopener noreferrer", data: { focus: one.action_id, action: one.action_id } };
  const where = isPretend(one.url) ? " (opens the product)" : " (opens in a new tab)";
  const anchor = h("a", props, plainText(one.text), h("span", { class: "sr" }, where));
  anchor.addEventListener("click", (event) => {
    openProduct(event, one.url);
    press(anchor, one, actionOf(one, block), at);
  });
  return anchor;
}

function choice(one, block, at, text) {
  return menu({
    text,
    name: text || "More choices",
    focus: one.action_id,
    choices: one.options.map((option) => ({ text: option.text.text, option })),
    choose: ({ option }, button) => press(button, one, actionOf(one, block, option), at),
  });
}

async function press(control, one, action, at) {
  if (control.getAttribute("aria-busy") === "true") return;
  if (one.confirm && !(await confirmed(one.confirm))) return;
  control.setAttribute("aria-busy", "true");
  await at.press(action, control);
  control.removeAttribute("aria-busy");
}
