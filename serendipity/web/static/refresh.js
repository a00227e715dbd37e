// Goes on by itself after a while, and gives whoever touches or types the whole time anew; without scripts the page
// does it by its <noscript> part.
"use strict";
(() => {
  const [seconds, path] = document.currentScript.dataset.refresh.split(";url=");
  const go = () => (path ? location.assign(path) : location.reload());
  let timer = setTimeout(go, 1000 * Number(seconds));
  if (!path) return;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(go, 1000 * Number(seconds));
    document.getAnimations().forEach((animation) => { animation.currentTime = 0; });
  };
  ["pointerdown", "keydown"].forEach((what) => document.addEventListener(what, again));
})();
