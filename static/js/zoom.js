// Pictures in a dialog, enlarged with buttons, keys or the wheel, moved by scrolling. Without script the link opens
// the picture itself.

const MOST = 16;

for (const dialog of document.querySelectorAll("dialog.zoom")) {
  const image = dialog.querySelector("img");
  const room = dialog.querySelector(".zoom-b");
  const output = dialog.querySelector("output");
  let width = 0;

  function fitting() {
    const whole = Math.min(room.clientWidth / image.naturalWidth, room.clientHeight / image.naturalHeight);
    return image.naturalWidth * Math.min(whole, MOST);
  }

  function show(wanted) {
    const across = (room.scrollLeft + room.clientWidth / 2) / Math.max(room.scrollWidth, 1);
    const down = (room.scrollTop + room.clientHeight / 2) / Math.max(room.scrollHeight, 1);
    width = Math.min(Math.max(wanted, 16), image.naturalWidth * MOST);
    image.style.setProperty("inline-size", `${width}px`);
    output.value = `${Math.round((100 * width) / image.naturalWidth)} %`;
    room.scrollTo(across * room.scrollWidth - room.clientWidth / 2, down * room.scrollHeight - room.clientHeight / 2);
  }

  image.addEventListener("load", () => show(fitting()));
  dialog.addEventListener("click", (event) => {
    const by = event.target.closest("[data-by]")?.dataset.by;
    if (by) show(by === "fit" ? fitting() : width * Number(by));
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") show(width * 1.25);
    else if (event.key === "-") show(width * 0.8);
    else if (event.key === "0") show(fitting());
  });
  room.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      show(width * (event.deltaY < 0 ? 1.1 : 0.9));
    },
    { passive: false },
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest(`a[data-zoom="${dialog.id}"]`);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const before = image.src;
    image.alt = link.querySelector("img")?.alt ?? "";
    image.src = link.href;
    dialog.showModal();
    if (before === image.src && image.complete) show(fitting());
  });
}
