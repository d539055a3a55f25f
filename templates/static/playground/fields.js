/* Input blocks of a modal: a label, a control, a hint, and room for what is wrong with it. */

import { h } from "./dom.js";

let count = 0;

const CONTROLS = {
  plain_text_input: (one, id) => {
    const shared = { class: "field", id, name: id, placeholder: one.placeholder?.text, maxlength: one.max_length, minlength: one.min_length };
    return one.multiline ? h("textarea", { ...shared, rows: 4 }, one.initial_value ?? "") : h("input", { ...shared, value: one.initial_value });
  },
  static_select: (one, id) => {
    const options = one.options.map((option) =>
      h("option", { value: option.value, selected: one.initial_option?.value === option.value }, option.text.text),
    );
    const none = h("option", { value: "" }, one.placeholder?.text ?? "Choose");
    return h("select", { class: "field", id, name: id }, none, options);
  },
  radio_buttons: (one, id) =>
    h(
      "div",
      { class: "radios", id },
      one.options.map((option) =>
        h(
          "label",
          { class: "radio" },
          h("input", { type: "radio", name: id, value: option.value, checked: one.initial_option?.value === option.value }),
          h("span", {}, option.text.text),
        ),
      ),
    ),
};

/** A block of type input. The element carries what `valuesOf` needs to read it back. */
export function field(block) {
  const one = block.element;
  const id = `field-${++count}`;
  const control = CONTROLS[one.type]?.(one, id) ?? h("p", { class: "quiet", id }, `A ${one.type}, which this playground does not draw.`);
  const group = one.type === "radio_buttons";
  const label = h(group ? "legend" : "label", { class: "label", for: group ? null : id }, block.label.text, block.optional && h("span", { class: "quiet" }, " (optional)"));
  const hint = block.hint && h("p", { class: "hint", id: `${id}-hint` }, block.hint.text);
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  if (!group) control.setAttribute("aria-describedby", `${hint ? `${id}-hint ` : ""}${id}-error`);
  const data = { block: block.block_id ?? "", action: one.action_id, type: one.type, optional: block.optional ? "yes" : "" };
  return h(group ? "fieldset" : "div", { class: "block input", data }, label, control, hint, error);
}

/** Slack's `state` of a view: block → action → what was entered. */
export function valuesOf(root) {
  const values = {};
  for (const input of root.querySelectorAll(".block.input")) {
    values[input.dataset.block] = { [input.dataset.action]: entered(input) };
  }
  return { values };
}

function entered(input) {
  const type = input.dataset.type;
  if (type === "plain_text_input") return { type, value: input.querySelector(".field").value || null };
  const chosen = type === "static_select" ? input.querySelector("option:checked") : input.querySelector("input:checked");
  if (!chosen?.value) return { type, selected_option: null };
  const text = (chosen.closest("label") ?? chosen).textContent;
  return { type, selected_option: { value: chosen.value, text: { type: "plain_text", text } } };
}

/** Which required fields are empty: block → words. */
export function missing(root) {
  const { values } = valuesOf(root);
  const empty = [...root.querySelectorAll(".block.input")].filter((input) => {
    const value = values[input.dataset.block][input.dataset.action];
    return !input.dataset.optional && !value.value && !value.selected_option;
  });
  return Object.fromEntries(empty.map((input) => [input.dataset.block, "Please fill this in."]));
}

/** Write errors beside their fields and go to the first. */
export function showErrors(root, errors) {
  let first = null;
  for (const input of root.querySelectorAll(".block.input")) {
    const line = input.querySelector(".error");
    const control = input.querySelector(".field, input");
    line.textContent = errors[input.dataset.block] ?? "";
    line.hidden = !line.textContent;
    control?.setAttribute("aria-invalid", String(!line.hidden));
    if (!line.hidden) first ??= control;
  }
  first?.focus();
}
