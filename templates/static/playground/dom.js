/* Elements without markup strings: text only ever becomes text. */

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props` are attributes; `on` holds listeners, `data` the dataset; null and false leave an attribute out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") Object.entries(value).forEach(([type, listener]) => element.addEventListener(type, listener));
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A line drawing of 16 × 16 in the colour of the text around it. */
export function icon(path, width = 1.6) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  const attributes = { viewBox: "0 0 16 16", width: 16, height: 16, fill: "none", "aria-hidden": "true" };
  Object.entries(attributes).forEach(([name, value]) => svg.setAttribute(name, value));
  const stroke = { d: path, stroke: "currentColor", "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" };
  Object.entries(stroke).forEach(([name, value]) => line.setAttribute(name, value));
  svg.append(line);
  return svg;
}

export const byId = (id) => document.getElementById(id);

/** Keep one child per item, in order: `make` once, `update` at every state. What did not change is not touched. */
export function keyed(parent, items, { key, make, update }) {
  const held = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let child = held.get(name);
    held.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
    update?.(child, item);
  }
  held.forEach((child) => child.remove());
}

const drawn = new WeakMap();

/** Draw `element` anew only when `value` changed; the focus stays on the control of the same name. */
export function redraw(element, value, draw) {
  const now = JSON.stringify(value);
  if (drawn.get(element) === now) return false;
  const focus = element.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const inside = element.contains(document.activeElement);
  drawn.set(element, now);
  element.replaceChildren(...[draw()].flat(Infinity).filter(Boolean));
  if (inside) returnFocus(element, focus);
  return true;
}

function returnFocus(element, focus) {
  const same = focus && [...element.querySelectorAll("[data-focus]")].find((control) => control.dataset.focus === focus);
  const target = same ?? element.closest("[tabindex]") ?? element;
  if (!target.hasAttribute("tabindex") && !same) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}
