// Light and dark. The choice is a cookie, so that the server draws the right theme from the first byte.

const YEAR_S = 31536000;
const root = document.documentElement;
root.classList.add("js");

function chosen() {
  return document.cookie.match(/(?:^|; )conch_theme=(light|dark)/)?.[1];
}

function show(theme) {
  if (root.dataset.theme === theme) return;
  root.dataset.theme = theme;
  document.dispatchEvent(new Event("conch:theme"));
}

const system = matchMedia("(prefers-color-scheme: dark)");
const follow = () => show(chosen() ?? (system.matches ? "dark" : "light"));
follow();
system.addEventListener("change", follow);

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const theme = root.dataset.theme === "dark" ? "light" : "dark";
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `conch_theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  show(theme);
});
