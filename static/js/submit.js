// Keeps the submission form's errors, plan and calls in step with what is typed. The server decides: it is asked with
// the same form that would be submitted, and says what submitting would say.

const form = document.querySelector("form[data-check]");
const PAUSE_MS = 350;
const touched = new Set();
let timer;
let asked = 0;

function show(errors) {
  for (const place of form.querySelectorAll("[data-error]")) {
    const name = place.dataset.error;
    const text = touched.has(name) ? (errors[name] ?? []).join(" ") : place.textContent;
    place.textContent = text;
    const field = form.elements[name];
    if (field instanceof HTMLElement) field.toggleAttribute("aria-invalid", Boolean(text));
    if (field instanceof HTMLElement && text) field.setAttribute("aria-invalid", "true");
  }
}

async function check() {
  const number = ++asked;
  const data = new FormData(form);
  // Whether the key is a key can be said when it is submitted; until then it stays here.
  if (!touched.has("api_key")) data.delete("api_key");
  const answer = await fetch(form.dataset.check, { method: "POST", body: data }).catch(() => null);
  if (!answer?.ok || number !== asked) return;
  const found = await answer.json();
  show(found.errors);
  document.getElementById("plan").textContent = found.plan;
  document.getElementById("call-curl").textContent = found.curl;
  document.getElementById("call-python").textContent = found.python;
}

function soon(event) {
  const name = event.target.name;
  if (!name || name === "call") return;
  touched.add(name);
  if (name === "kind") touched.delete("base_url");
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
}

if (form) {
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}
