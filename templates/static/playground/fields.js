/* Input blocks of a dialog: a label, a control, a hint, and room for what is wrong with it. */

import { control, isGroup, valueOf } from "./choices.js";
import { h } from "./dom.js";

/** A block of type input. With `dispatch_action`, `changed(value)` is told at once. */
export function field(block, changed) {
  const one = block.element;
  const holder = control(one, block);
  const id = holder.dataset.field;
  const group = isGroup(one);
  const label = h(group ? "legend" : "label", { class: "label", for: group ? null : id }, block.label.text, block.optional && h("span", { class: "quiet" }, " (optional)"));
  const hint = block.hint && h("p", { class: "hint", id: `${id}-hint` }, block.hint.text);
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const described = `${hint ? `${id}-hint ` : ""}${id}-error`;
  holder.firstElementChild.setAttribute("aria-describedby", described);
  if (block.dispatch_action && changed) holder.addEventListener("change", () => changed(valueOf(holder)));
  return h(group ? "fieldset" : "div", { class: "block input", data: { optional: block.optional ? "yes" : "" } }, label, holder, hint, error);
}

/** The answers of a view: block → action → what was entered. */
export function valuesOf(root) {
  const values = {};
  for (const holder of root.querySelectorAll(".control")) {
    const { block, action } = holder.dataset;
    values[block] = { ...values[block], [action]: valueOf(holder) };
  }
  return { values };
}

const inputs = (root) => [...root.querySelectorAll(".block.input")].map((input) => [input, input.querySelector(".control")]);

/** Which required fields are empty: block → words. */
export function missing(root) {
  const empty = inputs(root).filter(([input, holder]) => !input.dataset.optional && valueOf(holder) === null);
  return Object.fromEntries(empty.map(([, holder]) => [holder.dataset.block, "Please fill this in."]));
}

/** Write errors beside their fields and go to the first. */
export function showErrors(root, errors) {
  let first = null;
  for (const [input, holder] of inputs(root)) {
    const line = input.querySelector(".error");
    const entry = holder.querySelector(".field, input");
    line.textContent = errors[holder.dataset.block] ?? "";
    line.hidden = !line.textContent;
    entry?.setAttribute("aria-invalid", String(!line.hidden));
    if (!line.hidden) first ??= entry;
  }
  first?.focus();
}
