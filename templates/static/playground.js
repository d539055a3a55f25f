/* The playground's page: joins its parts. Each part draws itself from the one state. */

import { byId, h, redraw } from "./playground/dom.js";
import { startChannel } from "./playground/channel.js";
import { startClock } from "./playground/clock.js";
import { closeOnVeil, confirmed } from "./playground/confirm.js";
import { startGuide } from "./playground/guide.js";
import { startInbox } from "./playground/inbox.js";
import { startModal } from "./playground/modal.js";
import { startPanes } from "./playground/panes.js";
import { startProduct } from "./playground/product.js";
import { startSlack } from "./playground/slack.js";
import { startTeam } from "./playground/team.js";
import { startWhy } from "./playground/why.js";
import { act, listen, onState, refresh, seeAs, world } from "./playground/world.js";

function startPeople() {
  byId("person").addEventListener("change", (event) => seeAs(event.target.value));
  onState((state) => {
    redraw(byId("person"), [state.people, state.me.id], () =>
      state.people.map((one) => h("option", { value: one.slack_user, selected: one.slack_user === state.me.id }, [one.name, one.account].filter(Boolean).join(" · "))),
    );
    byId("person").parentElement.hidden = state.people.length < 2;
  });
}

function startOver() {
  byId("restart").addEventListener("click", async () => {
    const text = "Every message, mail and decision of this playground goes, and the clock is back at the beginning. Your files stay.";
    const agreed = await confirmed({ title: { text: "Start over?" }, text: { text }, confirm: { text: "Start over" }, deny: { text: "Keep it" }, style: "danger" });
    if (agreed && (await act("restart", {}, "restarted")).ok) world.csm = "";
  });
  closeOnVeil(byId("confirm"));
}

startClock();
startPanes();
startGuide();
startPeople();
startSlack();
startModal();
startChannel();
startInbox();
startTeam();
startProduct();
startWhy();
startOver();
refresh().then(listen);
