// Tells that an article was read, once somebody really looks at it: programs that open every link of a mail do neither wait nor scroll.
"use strict";
(() => {
  const article = document.querySelector("[data-seen]");
  if (!article) return;
  const PATIENCE = 4000;
  const signs = ["pointerdown", "pointermove", "keydown", "scroll", "touchstart"];
  let looked = false;
  let waited = false;
  let told = false;
  const tell = () => {
    if (told || !looked || !waited || document.visibilityState !== "visible") return;
    told = true;
    const body = new URLSearchParams({ reader: article.dataset.reader });
    fetch(article.dataset.seen, { method: "POST", body, keepalive: true }).catch(() => {});
  };
  for (const sign of signs) addEventListener(sign, () => { looked = true; tell(); }, { passive: true });
  document.addEventListener("visibilitychange", tell);
  setTimeout(() => { waited = true; tell(); }, PATIENCE);
})();
