// Shows names while somebody types; without it the form does the same in one more step.
"use strict";
(() => {
  const field = document.getElementById("q");
  const names = document.getElementById("names");
  if (!field || !names) return;
  let wait = 0;
  const show = async () => {
    const typed = field.value.trim();
    if (typed.length < 3) { names.replaceChildren(); return; }
    const sent = new URLSearchParams(new FormData(field.form)); // in no address: it may be a code
    const answer = await fetch("/kiosk/names", { method: "POST", body: sent, credentials: "same-origin" });
    if (answer.ok && field.value.trim() === typed) names.innerHTML = await answer.text();
  };
  field.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(show, 150); });
})();
