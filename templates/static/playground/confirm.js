/* "Are you sure?" as a dialog: Slack's confirm object, and our own Start over. */

import { byId } from "./dom.js";

/** True when they agree. Esc, the second button and a click outside mean no; the focus returns to where it was. */
export function confirmed({ title, text, confirm, deny, style }) {
  const dialog = byId("confirm");
  const yes = byId("confirm-yes");
  byId("confirm-title").textContent = title?.text ?? "Are you sure?";
  byId("confirm-text").textContent = text?.text ?? "";
  yes.textContent = confirm?.text ?? "Yes";
  yes.className = style === "danger" ? "button danger" : "button primary";
  byId("confirm-no").textContent = deny?.text ?? "No";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((decided) => {
    dialog.addEventListener("close", () => decided(dialog.returnValue === "yes"), { once: true });
  });
}

/** A click on the veil closes a dialog like Esc does. */
export function closeOnVeil(dialog) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.requestClose ? dialog.requestClose() : dialog.close();
  });
}
