// Clears a shared tablet for the next in line: asks whether somebody is still there, then starts again. A page that the
// browser kept for its back button is never shown again.
"use strict";
(() => {
  const after = 1000 * Number(document.currentScript.dataset.idle);
  const asked = 15000;
  const still = document.getElementById("still-there");
  const clear = () => {
    document.querySelectorAll("form").forEach((form) => form.reset());
    document.querySelectorAll("input:not([type=hidden]), textarea").forEach((field) => { field.value = ""; });
    location.replace("/kiosk");
  };
  let timers = [];
  const wait = () => {
    timers.forEach(clearTimeout);
    if (still) still.hidden = true;
    timers = [setTimeout(() => { if (still) still.hidden = false; }, after - asked), setTimeout(clear, after)];
  };
  ["pointerdown", "keydown", "input"].forEach((what) => document.addEventListener(what, wait));
  addEventListener("pageshow", (event) => { if (event.persisted) clear(); });
  wait();
})();
