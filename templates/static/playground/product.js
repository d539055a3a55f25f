/* Her product, pretending: what she does there is told to Handrail as product events. */

import { byId, h, redraw } from "./dom.js";
import { announce } from "./notices.js";
import { emptyState, show } from "./panes.js";
import { onProductLink } from "./product-link.js";
import { act, onState, world } from "./world.js";

/** Draw it at every state; links into the product show it. */
export function startProduct() {
  onState(draw);
  onProductLink((url) => {
    const address = new URL(url, location.href);
    byId("address").textContent = address.host + address.pathname;
    byId("product-hint").textContent = `${firstName()} opened this. What next?`;
    show("product", { attend: true });
  });
}

function firstName() {
  return world.state?.me.name.split(" ")[0] ?? "";
}

function draw(state, before) {
  if (before?.me.id !== state.me.id) byId("product-hint").textContent = `Press what ${firstName()} does in it`;
  redraw(byId("product-list"), [state.product, state.me.id], () => state.product.map(deed));
  redraw(byId("product-empty"), state.product.length, () =>
    state.product.length ? [] : emptyState("No product events", "The playbook names them under events: add one, and a button for it appears here."),
  );
}

function deed({ event, label, count }) {
  const times = count ? `${count}×` : "";
  const button = h(
    "button",
    { class: count ? "deed done" : "deed", type: "button", data: { focus: event } },
    h("span", { class: "deed-label" }, label),
    h("code", { class: "deed-event" }, event),
    h("span", { class: "deed-count", "aria-hidden": "true" }, times),
    count ? h("span", { class: "sr" }, `, happened ${count === 1 ? "once" : `${count} times`}`) : null,
  );
  button.addEventListener("click", () => track(button, event));
  return h("li", {}, button);
}

async function track(button, event) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  const answer = await act("track", { user: world.person, event, properties: {} }, "tracked");
  button.removeAttribute("aria-busy");
  if (answer.ok) announce(`Tally reported ${event}`);
}
