// The navigation on narrow screens. Without JavaScript the links alone open and close it (:target).

const menu = document.getElementById("menu");
const side = document.getElementById("side");

function isOpen() {
  return document.body.classList.contains("nav-open");
}

function set(open) {
  document.body.classList.toggle("nav-open", open);
  menu.setAttribute("aria-expanded", String(open));
  (open ? side.querySelector("a") : menu).focus();
}

if (menu && side) {
  menu.setAttribute("role", "button");
  menu.setAttribute("aria-expanded", "false");
  menu.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      menu.click();
    }
  });
  document.addEventListener("click", (event) => {
    if (menu.contains(event.target)) {
      event.preventDefault();
      set(!isOpen());
    } else if (isOpen() && (event.target.closest(".side-close") || !side.contains(event.target))) {
      event.preventDefault();
      set(false);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!isOpen()) return;
    if (event.key === "Escape") set(false);
    if (event.key === "Tab") trap(event);
  });
}

// The page behind the drawer is covered, so Tab goes round inside it.
function trap(event) {
  const links = [...side.querySelectorAll("a")].filter((link) => link.offsetParent);
  const [first, last] = [links[0], links[links.length - 1]];
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}
