/* A channel the customer shares with the team: mentioned there, Handrail answers briefly and goes on in the DM. */

import { byId, redraw } from "./dom.js";
import { drawMessages, namesOf } from "./messages.js";
import { atEnd, composer, emptyState } from "./panes.js";
import { act, onState, world } from "./world.js";

/** Whether the customer is in that channel. A channel that does not say who is in it is the team's own. */
export function isShared(channel, state) {
  return channel.members?.includes(state.me.id) ?? false;
}

const shared = () => world.state.channels.find((channel) => isShared(channel, world.state));

/** Draw it at every state, and mention the bot as the customer. */
export function startChannel() {
  const how = (text) => (text.startsWith("/") ? "write" : "mention");
  composer(byId("mention"), (text) => act(how(text), { user: world.person, channel: shared().id, text }, "said"));
  onState(draw);
}

function draw(state) {
  const channel = shared();
  byId("tab-channel").hidden = !channel;
  if (!channel) return;
  const first = state.me.name.split(" ")[0];
  byId("tab-channel").textContent = `#${channel.name}`;
  byId("mention-text").placeholder = `@Handrail, as ${first} in #${channel.name}`;
  const keep = atEnd(byId("channel-scroll"));
  const everything = channel.messages.flatMap((message) => [message, ...(message.thread ?? [])]);
  drawMessages(byId("channel-list"), everything, {
    names: namesOf(state),
    as: { user: state.me.id, channel: channel.id },
    press: (message, action) => act("click", { user: world.person, container: { type: "message", channel: channel.id, ts: message.ts }, ...action }, "pressed"),
  });
  redraw(byId("channel-empty"), [everything.length, first], () =>
    everything.length ? [] : emptyState("Nothing said here", `${first} shares this channel with your team. Mention Handrail: it answers in a line, and goes on in ${first}’s own messages.`),
  );
  keep();
}
