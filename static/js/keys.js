// Keys for going through samples. Everything they do is a link on the page, which works without script.
// j and right: next; k and left: previous; u: up to the list; z: enlarge; ?: what the keys are.
// In a list that marks its links with data-item, j and k move the focus.

const OFF = "keys-off";
const TYPING = "input, textarea, select, [contenteditable], [role=region][tabindex]";

function enabled() {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true;
  }
}

function enable(on) {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "");
  } catch {
    // Storage is blocked: the keys stay as they are.
  }
}

for (const box of document.querySelectorAll("[data-keys]")) {
  box.checked = enabled();
  box.addEventListener("change", () => enable(box.checked));
}

function step(direction) {
  const items = [...document.querySelectorAll("[data-item]")];
  if (items.length === 0) return follow(direction > 0 ? "a[rel=next]" : "a[rel=prev]");
  const here = items.indexOf(document.activeElement);
  const next = items[here < 0 ? 0 : here + direction];
  if (next) next.focus();
  else follow(direction > 0 ? "a[rel=next]" : "a[rel=prev]");
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  u: () => follow("a[data-up]"),
  z: () => follow("a[data-zoom]"),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const action = Object.hasOwn(ACTIONS, event.key) ? ACTIONS[event.key] : null;
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
  if (event.key !== "?" && !enabled()) return;
  event.preventDefault();
  action();
});
