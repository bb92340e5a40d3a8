// Hands on the picture: a ball is dragged, or dropped by a click.

const CLICK = 4; // a hand that moved less than so many pixels clicked

/** Tells `drag(place)` while the ball is moved, `drop(place)` where the picture is clicked, `rest()` after either. */
export function hands(panel, grip, { ball, drag, drop, rest }) {
  let [offset, moved] = [null, false];

  grip.onpointerdown = (event) => {
    if (event.button > 0) return;
    const [x, y] = panel.toPicture(event);
    offset = [ball()[0] - x, ball()[1] - y]; // so that nothing moves until the hand does
    moved = false;
    grip.setPointerCapture(event.pointerId);
    event.preventDefault();
  };
  grip.onpointermove = (event) => {
    if (!offset) return;
    const [x, y] = panel.toPicture(event);
    moved = true;
    drag(panel.inside([x + offset[0], y + offset[1]]));
  };
  grip.onlostpointercapture = () => {
    if (offset && moved) rest();
    offset = null;
  };

  let down = null;
  panel.area.addEventListener("pointerdown", ({ clientX, clientY, target }) => {
    down = target === grip ? null : [clientX, clientY];
  });
  panel.area.addEventListener("click", (event) => {
    const [x, y] = panel.toPicture(event);
    const [nearX, nearY] = panel.inside([x, y]);
    const still = down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < CLICK;
    if (event.target === grip || !still || x !== nearX || y !== nearY) return;
    drop([x, y]);
    rest();
  });
}
