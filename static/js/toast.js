// One line about the reader's own action, for 5 s. Never for errors: those stay where the thing would have been.

const SHOWN_MS = 5000;
const region = document.getElementById("toast");
let timer = 0;

function clearLater() {
  clearTimeout(timer);
  timer = setTimeout(() => region.replaceChildren(), SHOWN_MS);
}

export function toast(text) {
  if (!region) return;
  region.textContent = text;
  clearLater();
}

if (region) {
  // What the server already put there, after a redirect.
  if (region.textContent.trim()) clearLater();
  else region.replaceChildren();
  // Sent with an answer: HX-Trigger: {"conch:toast": "…"}
  document.addEventListener("conch:toast", (event) => toast(String(event.detail?.value ?? "")));
}
