// Clears a shared tablet for the next in line: asks whether somebody is still there, then starts again. The browser's
// history holds no address of anybody's turn, and a page that it kept for its back button is never shown again.
"use strict";
(() => {
  const after = 1000 * Number(document.currentScript.dataset.idle);
  const asked = 15000;
  const still = document.getElementById("still-there");
  const find = document.getElementById("find");
  const isLeft = () => !find || find.q.value !== "" || document.querySelector(".names, .alert, .field .error") !== null;
  const clear = () => {
    document.querySelectorAll("form").forEach((form) => form.reset());
    document.querySelectorAll("input:not([type=hidden]), textarea").forEach((field) => { field.value = ""; });
    location.replace("/kiosk");
  };
  let timers = [];
  const wait = () => {
    timers.forEach(clearTimeout);
    still.hidden = true;
    document.getAnimations().forEach((animation) => { animation.currentTime = 0; });
    timers = [setTimeout(() => { still.hidden = !isLeft(); }, after - asked), setTimeout(end, after)];
  };
  const end = () => (isLeft() ? clear() : wait());
  history.replaceState(null, "", location.pathname === "/kiosk/guest" ? "/kiosk/guest" : "/kiosk");
  ["pointerdown", "keydown", "input"].forEach((what) => document.addEventListener(what, wait));
  addEventListener("pageshow", (event) => { if (event.persisted) clear(); });
  wait();
})();
