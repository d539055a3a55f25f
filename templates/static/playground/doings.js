/* What one can do with a message: the app's shortcuts, a cry for help, and with one's own words, changing or taking them back. */

import { confirmed } from "./confirm.js";
import { h } from "./dom.js";
import { menu } from "./menu.js";
import { act, world } from "./world.js";

const SOS = "sos";

/** The menu of a message. `as` is who looks at it, and where: `{user, channel}`. */
export function doings(message, as) {
  const place = { ...as, ts: message.ts };
  const cried = message.reactions.some((one) => one.name === SOS && one.users.includes(as.user));
  const own = message.user.id === as.user;
  const choices = [
    ...(world.state?.shortcuts ?? []).map(({ callback_id, name }) => ({ text: name, run: () => act("shortcut", { ...place, callback_id }, "pressed") })),
    { text: cried ? "Take 🆘 away" : "React with 🆘", run: () => act("react", { ...place, name: SOS }, "pressed") },
    ...(own ? [{ text: "Edit", run: (button) => edit(message, place, button) }, { text: "Delete", style: "danger", run: () => remove(place) }] : []),
  ];
  const name = `More about the message from ${message.user.name}`;
  const holder = menu({ text: "", name, focus: `more-${message.ts}`, choices, choose: (choice, button) => choice.run(button) });
  holder.classList.add("doings");
  return holder;
}

async function remove(place) {
  const words = { title: { text: "Delete this message?" }, text: { text: "Handrail is told that it is gone." }, confirm: { text: "Delete" }, deny: { text: "Keep it" } };
  if (await confirmed({ ...words, style: "danger" })) act("delete", place, "pressed");
}

/* The words become a field in their place, until they are kept or left as they were. */
function edit(message, place, button) {
  const content = button.closest(".message").querySelector(".content");
  const before = [...content.childNodes];
  const field = h("textarea", { class: "field", rows: 2, maxlength: 3000, "aria-label": "Your message" }, message.text);
  const back = () => {
    content.replaceChildren(...before);
    button.focus();
  };
  const leave = h("button", { class: "button", type: "button", on: { click: back } }, "Cancel");
  const form = h("form", { class: "edit" }, field, h("div", { class: "edit-row" }, leave, h("button", { class: "button primary", type: "submit" }, "Save")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text || text === message.text) return back();
    if (!(await act("edit", { ...place, text }, "pressed")).ok) back();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  content.replaceChildren(form);
  field.focus();
}
