// Reads a QR code with the tablet's camera where the browser can; elsewhere the button does not appear.
"use strict";
(async () => {
  const field = document.getElementById("q");
  const form = document.getElementById("find");
  const start = document.getElementById("scan");
  const video = document.getElementById("camera");
  if (!field || !form || !start || !video) return;
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let stream = null;
  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  };
  const look = async () => {
    if (!stream) return;
    const found = video.readyState >= 2 ? await detector.detect(video).catch(() => []) : [];
    if (found.length > 0) {
      stop();
      field.value = found[0].rawValue;
      form.submit();
      return;
    }
    setTimeout(look, 200);
  };
  start.hidden = false;
  start.addEventListener("click", async () => {
    if (stream) { stop(); return; }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
    } catch (error) {
      document.getElementById("no-camera").hidden = false;
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    look();
  });
})();
