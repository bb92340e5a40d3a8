// What a page needs beside its figures.
(() => {
  // Who scrolls with a finger may begin on a slider: what it changed there is taken back.
  let [slider, value] = [null, ""];
  addEventListener("pointerdown", ({ target }) => {
    slider = target.type === "range" ? target : null;
    value = target.value;
  });
  addEventListener("pointercancel", () => {
    if (!slider || slider.value === value) return;
    slider.value = value;
    for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
  });

  // The contents stay in reach, and out of the way: they close where they lead.
  const contents = document.querySelector(".contents details");
  contents?.addEventListener("click", ({ target }) => {
    if (target.closest("a")) contents.open = false;
  });
})();
