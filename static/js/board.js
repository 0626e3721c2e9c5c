// The board's form and menus, where a person would miss it. Without it a button applies what was chosen.

// Checkboxes of the table belong to the form above it, but what happens on them does not pass through it.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-live]") && !form.contains(event.target)) form.requestSubmit();
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest(".menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest(".menu[open]");
  if (!menu) return;
  closeMenus();
  menu.querySelector("summary").focus();
});
