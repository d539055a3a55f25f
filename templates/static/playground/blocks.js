/* Block Kit into elements: the blocks Handrail uses, on messages, Home and in modals. */

import { confirmed } from "./confirm.js";
import { choosable, control, optionsOf, valueOf } from "./choices.js";
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
  input: (block, at) => field(block, (value) => at.press({ ...actionOf(block.element, block), value }, null)),
  rich_text: (block, at) => h("div", { class: "block section" }, richText(block, at.names)),
  markdown: (block, at) => h("div", { class: "block section" }, mrkdwn(block.text.replaceAll("**", "*"), at.names)),
};

const ELEMENTS = {
  button: (one, block, at) => (one.url ? linkButton(one, block, at) : pressButton(one, block, at)),
  overflow: (one, block, at) => choice(one, block, at, ""),
  static_select: (one, block, at) => choice(one, block, at, one.initial_option?.text.text ?? placeholder(one)),
  users_select: (one, block, at) => naming(one, block, at, one.initial_user),
  channels_select: (one, block, at) => naming(one, block, at, one.initial_channel),
  conversations_select: (one, block, at) => naming(one, block, at, one.initial_conversation),
  radio_buttons: (one, block, at) => ticking(one, block, at),
  checkboxes: (one, block, at) => ticking(one, block, at),
  multi_static_select: (one, block, at) => ticking(one, block, at),
  multi_users_select: (one, block, at) => ticking(one, block, at),
  datepicker: (one, block, at) => picking(one, block, at, "Date"),
  timepicker: (one, block, at) => picking(one, block, at, "Time"),
  datetimepicker: (one, block, at) => picking(one, block, at, "Date and time"),
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

/** Nothing is fetched from elsewhere: a picture from another place is its description. */
function picture(one) {
  if (isOurs(one.image_url)) return h("img", { class: "picture-shown", src: one.image_url, alt: one.alt_text ?? "" });
  return h("span", { class: "picture", role: "img", "aria-label": one.alt_text || "Picture" }, one.alt_text || "Picture");
}

/** Whether an address is this playground's own. */
export function isOurs(url) {
  return Boolean(url) && new URL(url, location.href).origin === location.origin;
}

function placeholder(one) {
  return one.placeholder?.text || "Choose";
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
    choices: optionsOf(one).map((option) => ({ text: option.text.text, option })),
    choose: ({ option }, button) => press(button, one, actionOf(one, block, option), at),
  });
}

/* People or channels to choose from. */
function naming(one, block, at, initial) {
  const choices = choosable(one);
  return menu({
    text: choices.find(({ value }) => value === initial)?.text ?? placeholder(one),
    name: placeholder(one),
    focus: one.action_id,
    choices,
    choose: ({ value }, button) => press(button, one, { ...actionOf(one, block), value }, at),
  });
}

/* Boxes and circles tell at once. */
function ticking(one, block, at) {
  const holder = control(one, block);
  holder.setAttribute("role", "group");
  holder.setAttribute("aria-label", one.accessibility_label ?? block.text?.text ?? "Choose");
  holder.addEventListener("change", () => press(holder, one, { ...actionOf(one, block), value: valueOf(holder) ?? [] }, at));
  return holder;
}

/* A day or an hour is typed piece by piece, so it is told when its button is pressed, or by Enter. */
function picking(one, block, at, name) {
  const holder = control(one, block);
  const input = holder.querySelector(".field");
  const button = h("button", { class: "button", type: "button", data: { focus: one.action_id, action: one.action_id } }, "Set");
  const words = one.placeholder?.text || name;
  input.setAttribute("aria-label", words);
  button.setAttribute("aria-label", `Set: ${words}`);
  button.addEventListener("click", () => {
    const value = valueOf(holder);
    if (value === null) input.focus();
    else press(button, one, { ...actionOf(one, block), value }, at);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    button.click();
  });
  return h("span", { class: "picking" }, holder, button);
}

async function press(control, one, action, at) {
  if (control.getAttribute("aria-busy") === "true") return;
  if (one.confirm && !(await confirmed(one.confirm))) return;
  control.setAttribute("aria-busy", "true");
  await at.press(action, control);
  control.removeAttribute("aria-busy");
}
