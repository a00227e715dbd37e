// Shows the value of a dial while it is turned.
"use strict";
document.querySelectorAll(".dial").forEach((dial) => {
  const [input, output] = [dial.querySelector("input"), dial.querySelector("output")];
  input.addEventListener("input", () => { output.textContent = Number(input.value).toFixed(2); });
});
