// Jump to a page or a thing: Ctrl K or /. The server finds things; the pages come from the navigation.

const SEARCH_AFTER_MS = 150;
const opener = document.getElementById("search");
const palette = document.getElementById("palette");

function pages(text) {
  return [...document.querySelectorAll(".side ul a")]
    .filter((link) => label(link).toLowerCase().includes(text))
    .map((link) => option(label(link), link.getAttribute("href")));
}

function label(link) {
  return link.querySelector("[data-label]").textContent;
}

function option(text, href) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  item.setAttribute("role", "presentation");
  link.setAttribute("role", "option");
  link.href = href;
  link.textContent = text;
  item.append(link);
  return item;
}

function start() {
  const input = palette.querySelector("input");
  const list = palette.querySelector("ul");
  let index = 0;
  let timer = 0;
  let asked = 0;

  const options = () => [...list.querySelectorAll("a")];

  function mark() {
    options().forEach((link, position) => {
      link.id = `jump-${position}`;
      link.tabIndex = -1;
      link.classList.toggle("on", position === index);
      link.setAttribute("aria-selected", String(position === index));
      if (position !== index) return;
      input.setAttribute("aria-activedescendant", link.id);
      link.scrollIntoView({ block: "nearest" });
    });
    if (!options().length) input.removeAttribute("aria-activedescendant");
  }

  function fill(found) {
    index = 0;
    list.replaceChildren(...pages(input.value.trim().toLowerCase()), ...found);
    if (!list.children.length) {
      const none = document.createElement("li");
      none.className = "muted";
      none.textContent = list.dataset.none;
      list.append(none);
    }
    mark();
  }

  async function ask() {
    const query = input.value.trim();
    const turn = ++asked;
    const url = `${opener.href}?q=${encodeURIComponent(query)}`;
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" } });
      if (!answer.ok || turn !== asked) return;
      const fragment = document.createElement("template");
      fragment.innerHTML = await answer.text();
      fill([...fragment.content.querySelectorAll("li:has(a)")]);
    } catch {
      // Offline: the pages of the navigation are still there.
    }
  }

  function open() {
    input.value = "";
    fill([]);
    palette.showModal();
    ask();
  }

  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
  });
  input.addEventListener("input", () => {
    fill([]);
    clearTimeout(timer);
    timer = setTimeout(ask, SEARCH_AFTER_MS);
  });
  input.addEventListener("keydown", (event) => {
    const found = options();
    if (!found.length) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      index = (index + step + found.length) % found.length;
      mark();
    } else if (event.key === "Enter" && !event.isComposing) {
      location.assign(found[index].href);
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const letter = event.key === "k" && (event.ctrlKey || event.metaKey);
    if (!letter && (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey)) return;
    event.preventDefault();
    if (!palette.open) open();
  });
}

if (opener && palette) start();
