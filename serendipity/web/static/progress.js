// Keeps the bar of a run up to date, and loads the page again once the run has ended; without scripts the page does
// that every few seconds by its <noscript> part.
"use strict";
(() => {
  const box = document.querySelector("[data-progress]");
  if (!box) return;
  const bar = box.querySelector("progress");
  const said = box.querySelector("[data-said]");
  const show = (run) => {
    if (run.ended || run.stage !== box.dataset.stage) return location.replace(location.pathname);
    if (run.total) { bar.max = run.total; bar.value = run.done; }
    if (said.textContent !== run.said) said.textContent = run.said;
    return setTimeout(look, 1000);
  };
  const look = () => fetch(box.dataset.progress, { headers: { accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
    .then(show, () => setTimeout(look, 5000));
  setTimeout(look, 1000);
})();
