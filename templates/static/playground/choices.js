/* What a person can choose, type or pick in Block Kit: one control for each kind of element, the same in messages, Home and dialogs. */

import { h } from "./dom.js";
import { epochIn, wallTime } from "./times.js";
import { world } from "./world.js";

let count = 0;

/** The options of a menu, those in groups too. */
export function optionsOf(one) {
  return [...(one.options ?? []), ...(one.option_groups ?? []).flatMap((group) => group.options)];
}

/** Who can be chosen, where an element asks for people or channels: `{value, text}`. */
export function choosable(one) {
  const { members = [], channels = [] } = world.state ?? {};
  const people = members.map((member) => ({ value: member.id, text: member.name }));
  const places = channels.map((channel) => ({ value: channel.id, text: `#${channel.name}` }));
  if (one.type.endsWith("users_select")) return people;
  return one.type === "channels_select" ? places : [...places, ...people];
}

const typed = (type) => (one, id) => h("input", { ...typing(one, id), type, value: one.initial_value });
const dated = (type, initial) => (one, id) => h("input", { class: "field", id, name: id, type, value: initial(one) });

const CONTROLS = {
  plain_text_input: (one, id) => (one.multiline ? h("textarea", { ...typing(one, id), rows: 4 }, one.initial_value ?? "") : typed("text")(one, id)),
  email_text_input: typed("email"),
  url_text_input: typed("url"),
  number_input: (one, id) =>
    h("input", { ...typing(one, id), type: "number", step: one.is_decimal_allowed ? "any" : 1, min: one.min_value, max: one.max_value, value: one.initial_value }),
  static_select: (one, id) => listed(one, id, named(optionsOf(one)), one.initial_option?.value),
  users_select: (one, id) => listed(one, id, choosable(one), one.initial_user),
  channels_select: (one, id) => listed(one, id, choosable(one), one.initial_channel),
  conversations_select: (one, id) => listed(one, id, choosable(one), one.initial_conversation),
  datepicker: dated("date", (one) => one.initial_date),
  timepicker: dated("time", (one) => one.initial_time),
  datetimepicker: dated("datetime-local", (one) => (one.initial_date_time ? wallTime(one.initial_date_time) : null)),
  radio_buttons: (one, id) => ticked("radio", named(one.options), [one.initial_option?.value], id),
  checkboxes: (one, id) => ticked("checkbox", named(one.options), (one.initial_options ?? []).map((option) => option.value), id),
  multi_static_select: (one, id) => ticked("checkbox", named(optionsOf(one)), (one.initial_options ?? []).map((option) => option.value), id),
  multi_users_select: (one, id) => ticked("checkbox", choosable(one), one.initial_users ?? [], id),
};

/** Whether a label can name this element, or a legend has to. */
export const isGroup = (one) => ["radio_buttons", "checkboxes", "multi_static_select", "multi_users_select"].includes(one.type);

/** A control for an element, which `valueOf` reads back. What we cannot draw says so instead of vanishing. */
export function control(one, block) {
  const id = `field-${++count}`;
  const drawn = CONTROLS[one.type]?.(one, id) ?? h("p", { class: "quiet", id }, `A ${one.type}, which this playground does not draw.`);
  return h("div", { class: "control", data: { block: block.block_id ?? "", action: one.action_id, type: one.type, field: id } }, drawn);
}

/** What was entered, as plain as can be: a text, a list of values, seconds; null for nothing. */
export function valueOf(holder) {
  const { type } = holder.dataset;
  const field = holder.querySelector(".field");
  if (type === "radio_buttons") return holder.querySelector("input:checked")?.value ?? null;
  if (!field) {
    const chosen = [...holder.querySelectorAll("input:checked")].map((input) => input.value);
    return chosen.length ? chosen : null;
  }
  return type === "datetimepicker" && field.value ? epochIn(field.value) : field.value || null;
}

function typing(one, id) {
  return { class: "field", id, name: id, placeholder: one.placeholder?.text, maxlength: one.max_length, minlength: one.min_length };
}

function named(options) {
  return options.map((option) => ({ value: option.value, text: option.text.text, more: option.description?.text }));
}

function listed(one, id, choices, initial) {
  const none = h("option", { value: "" }, one.placeholder?.text ?? "Choose");
  const options = choices.map(({ value, text }) => h("option", { value, selected: value === initial }, text));
  return h("select", { class: "field", id, name: id }, none, options);
}

function ticked(type, choices, initial, id) {
  const row = ({ value, text, more }) =>
    h(
      "label",
      { class: "radio" },
      h("input", { type, name: id, value, checked: initial.includes(value) }),
      h("span", {}, text, more && h("span", { class: "quiet option-more" }, more)),
    );
  return h("div", { class: "radios", id }, choices.map(row));
}
