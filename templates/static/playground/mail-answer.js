/* Below an open mail: answering it, and what else can become of it. */

import { byId, h } from "./dom.js";
import { menu } from "./menu.js";
import { announce } from "./notices.js";
import { act } from "./world.js";

const FATES = [
  { text: "It bounces", how: "bounce", said: "The mail bounced" },
  { text: "It is called spam", how: "spamreport", said: "The mail was called spam" },
  { text: "Unsubscribe at SendGrid", how: "unsubscribe", said: "Unsubscribed at SendGrid" },
];

const drafts = new Map();
let answering = null;

/** The form under the mail: Ctrl+Enter sends, as in mail programs, and Enter makes a line. */
export function startAnswers() {
  const form = byId("mail-answer");
  const field = byId("mail-answer-text");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") !== "true") send(form);
  });
  field.addEventListener("input", () => drafts.set(answering.id, field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  byId("mail-answer-file").addEventListener("change", showFile);
  byId("mail-file-off").addEventListener("click", () => {
    withoutFile();
    byId("mail-answer-file").focus();
  });
}

/** Another mail is open, or none. */
export function answerTo(mail) {
  answering = mail;
  byId("mail-answer").hidden = !mail?.answerable;
  byId("mail-more").replaceChildren(...(mail && !mail.mine ? [more(mail)] : []));
  byId("mail-files").replaceChildren(...(mail?.files ?? []).map((file) => h("li", {}, h("a", { href: file.url, download: file.name }, file.name))));
  if (!mail) return;
  byId("mail-answer-text").value = drafts.get(mail.id) ?? "";
  withoutFile();
}

function more(mail) {
  const choose = async ({ how, said }) => {
    if ((await act("turn_mail_away", { mail: mail.id, how }, "worked")).ok) announce(said);
  };
  return menu({ name: "What becomes of this mail", focus: `mail-more-${mail.id}`, choices: FATES, choose });
}

async function send(form) {
  const { id } = answering;
  const field = byId("mail-answer-text");
  const file = byId("mail-answer-file").files[0];
  const text = field.value.trim();
  if (!text && !file) return field.focus();
  form.setAttribute("aria-busy", "true");
  const answer = await act("answer_mail", { mail: id, text, files: file ? [{ name: file.name, content: await base64(file) }] : [] }, "worked");
  form.removeAttribute("aria-busy");
  if (!answer.ok) return;
  drafts.delete(id);
  announce("Your answer is sent");
  if (answering?.id !== id) return;
  field.value = "";
  withoutFile();
  field.focus();
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

function showFile() {
  const file = byId("mail-answer-file").files[0];
  byId("mail-file-name").textContent = file?.name ?? "";
  byId("mail-file-chosen").hidden = !file;
}

function withoutFile() {
  byId("mail-answer-file").value = "";
  showFile();
}
