// What a person would miss without it: the theme switch, dialogs, copying. Everything else works without script.

const root = document.documentElement;

function storeTheme(theme) {
  try {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage is blocked: the choice holds for this page only.
  }
}

function setTheme(theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
}

for (const input of document.querySelectorAll('input[name="theme"]')) {
  input.checked = input.value === (root.dataset.theme ?? "auto");
  input.addEventListener("change", () => {
    storeTheme(input.value);
    setTheme(input.value);
  });
}

async function copy(element) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(element.textContent.trim());
  } else {
    // Browsers keep the clipboard from pages that come by plain http from another machine.
    getSelection().selectAllChildren(element);
    document.execCommand("copy");
  }
}

// Shows what an address answers in the element that is copied; a refusal leaves it as it is.
async function fill(element, address) {
  const answer = await fetch(address);
  if (!answer.ok) return false;
  element.textContent = await answer.text();
  element.parentElement.hidden = false;
  return true;
}

// One listener on the document: parts of a page that are replaced later need no wiring of their own.
document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();

  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();

  const copier = event.target.closest("[data-copy]");
  if (copier) {
    const source = document.getElementById(copier.dataset.copy);
    if (copier.dataset.copyFrom && !(await fill(source, copier.dataset.copyFrom))) return;
    await copy(source);
    copier.dataset.copied = "";
    setTimeout(() => delete copier.dataset.copied, 1500);
  }
});
