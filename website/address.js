// A link to what you see: where the sliders and the ball of the last figure that was moved stand is kept in the
// page's address.
(() => {
  const figures = [...document.querySelectorAll(".gd")];
  const fields = (figure) => [...figure.querySelectorAll("input, select")].filter((field) => !/^\d/.test(field.name));

  function told(figure) {
    const places = fields(figure).map((field) => [field.name, field.value]);
    const { model } = figure.gdlib;
    if (model?.moved) places.push(["start", model.place]);
    return `#figure=${figures.indexOf(figure) + 1}&${new URLSearchParams(places)}`;
  }

  async function show(address) {
    const wanted = new URLSearchParams(address.slice(1));
    const figure = figures[wanted.get("figure") - 1];
    if (!figure) return;
    const numbers = (name) => (wanted.get(name) ?? "").split(",").map(Number.parseFloat);
    const start = numbers("start");
    const loose = document.querySelector(`[data-starts="${figure.dataset.key}"]`);
    const elsewhere = loose && start.length === 2 && start.every(Number.isFinite);
    const ready = () => figure.gdlib && (figure.gdlib.model || !elsewhere);
    while (!ready()) await new Promise(requestAnimationFrame); // it is being unpacked
    if (elsewhere) figure.gdlib.hold(figure.gdlib.scene.inside(start));
    // The clock first: with it the number of steps may change, and then they are counted once more.
    for (const name of ["clock", "rate", "second", "tick"]) {
      const field = fields(figure).find((each) => each.name === name);
      const [value] = numbers(name);
      if (!field || !Number.isFinite(value)) continue;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    figure.scrollIntoView({ block: "center" });
  }

  let resting = 0;
  for (const figure of figures)
    for (const kind of ["input", "change", "click", "keyup", "pointerup"])
      figure.addEventListener(kind, () => {
        clearTimeout(resting);
        resting = setTimeout(() => history.replaceState(null, "", told(figure)), 300);
      });
  if (location.hash.startsWith("#figure=")) show(location.hash);
  addEventListener("hashchange", () => show(location.hash));
})();
