/* The one place that talks to the server: what is so, and what we do about it. */

import { alertOf } from "./notices.js";

const drawers = [];
const signals = new EventTarget();

/** The last state read, whose eyes we see it with, and who speaks for the team. */
export const world = { state: null, person: new URLSearchParams(location.search).get("person") ?? "", csm: "" };

/** Call `draw(state, before)` at every new state. */
export function onState(draw) {
  drawers.push(draw);
}

/** Something the visitor did went through: pressed, said, replied, moved, tracked, restarted. */
export function onDone(what, listener) {
  signals.addEventListener(what, (event) => listener(event.detail));
}

let reading = null;
let again = false;

/** Read the state and draw it. Calls while one is under way are one more reading afterwards. */
export function refresh() {
  if (reading) {
    again = true;
    return reading;
  }
  reading = read().finally(() => {
    reading = null;
    if (again) {
      again = false;
      refresh();
    }
  });
  return reading;
}

async function read() {
  const query = world.person ? `?person=${encodeURIComponent(world.person)}` : "";
  let state;
  try {
    const response = await fetch(`/playground/api/state${query}`, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    state = await response.json();
  } catch {
    return lost();
  }
  found();
  const before = world.state;
  world.state = state;
  world.person = state.me.id;
  world.csm = state.csms.some((csm) => csm.id === world.csm) ? world.csm : (state.csms[0]?.id ?? "");
  for (const draw of drawers) attempt(() => draw(state, before));
}

/* A part that cannot draw itself says so in the console, and the others still draw. */
function attempt(draw) {
  try {
    draw();
  } catch (error) {
    reportError(error);
  }
}

/** Do something as someone. True when it was taken; otherwise the visitor reads why not. */
export async function act(path, body, signal) {
  let answer;
  try {
    const response = await fetch(`/playground/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Playground": "1" },
      body: JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    alertOf("That did not arrive: the playground gives no answer. Nothing was lost; look at its terminal, then press again.");
    return { ok: false };
  }
  if (answer.ok) {
    if (signal) signals.dispatchEvent(new CustomEvent(signal, { detail: body }));
  } else if (!answer.errors) alertOf(answer.error ?? "That was refused, and no reason was given.");
  await refresh();
  return answer;
}

/** See it as another person; their address is kept for a reload. */
export function seeAs(person) {
  world.person = person;
  history.replaceState(null, "", `?person=${encodeURIComponent(person)}`);
  return refresh();
}

/** Listen for changes; the browser reconnects by itself. */
export function listen() {
  const source = new EventSource("/playground/api/events");
  source.addEventListener("changed", (event) => {
    if (JSON.parse(event.data).version !== world.state?.version) refresh();
  });
  source.addEventListener("open", () => refresh());
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000, source.close());
  });
}

function lost() {
  document.getElementById("offline").hidden = false;
}

function found() {
  document.getElementById("offline").hidden = true;
}
