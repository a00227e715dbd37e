// Shortcuts for lists: j and k go through what is marked data-row; a key named by data-key presses, ticks, opens or
// focuses what carries it, in the current row first. Without scripts everything is reached by Tab.
"use strict";
(() => {
  const rows = [...document.querySelectorAll("[data-row]")];
  let current = -1;
  const go = (step) => {
    if (!rows.length) return;
    rows[current]?.classList.remove("current");
    current = Math.min(Math.max(current + step, 0), rows.length - 1);
    const row = rows[current];
    row.classList.add("current");
    (row.querySelector("input[type=checkbox]") ?? row).focus();
    row.scrollIntoView({ block: "nearest" });
  };
  const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select");
  const found = (key) => {
    const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
    return all.find((each) => rows[current]?.contains(each)) ?? all.find((each) => !each.closest("[data-row]"));
  };
  const act = (target) => {
    if (target.dataset.opens) document.getElementById(target.dataset.opens).showModal();
    else if (typing(target)) target.focus();
    else target.click();
  };
  // A topic to merge into has to be named first.
  const needed = (target) => {
    const other = target.value === "merge" ? document.getElementById("other") : null;
    return other && !other.value ? other : target;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") document.activeElement?.blur();
    if (typing(event.target) || (event.key === "Enter" && event.target.matches("a, button, summary"))) return;
    if (event.key === "j" || event.key === "k") go(event.key === "j" ? 1 : -1);
    else if (event.key === "/") document.getElementById("search")?.focus();
    else {
      const target = found(event.key);
      if (!target) return;
      act(needed(target));
    }
    event.preventDefault();
  });
  document.querySelectorAll("[data-opens]").forEach((button) => button.addEventListener("click", () => act(button)));
})();
