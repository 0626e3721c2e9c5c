// Runs before the first paint: puts the chosen colour theme on <html>, so that no page flashes in the other one.
// Without a choice (or without storage) the system decides.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is blocked: the system's theme is a fine default.
  }
})();
