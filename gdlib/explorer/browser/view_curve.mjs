// The view of one weight: a ball that rolls on its curve, with its tangent.
import { arrow, views, within } from "./draw.mjs";
import { clamp } from "./numbers.mjs";

const TANGENT = 80; // half its length, in pixels

/** The point of a curve at pixel x: its height, its direction, and the pixels rolled to it. */
export function touch(heights, rolled, { first, gap }, x) {
  const i = clamp(Math.floor((x - first) / gap), 0, heights.length - 2);
  const [part, rise] = [(x - first) / gap - i, heights[i + 1] - heights[i]];
  const length = Math.hypot(gap, rise);
  return { x, y: heights[i] + part * rise, tx: gap / length, ty: rise / length, rolled: rolled[i] + part * length };
}

views.curve = {
  /** Where a ball is that a hand holds here: on the curve. */
  held(numbers, [x]) {
    return [x, this.under(numbers, x).y];
  },

  under(numbers, x) {
    const { track } = numbers;
    return touch(numbers.column("track.y", track.count), numbers.column("track.rolled", track.count), track, x);
  },

  /** What belongs to the first ball: its tangent; gives how far it has turned. */
  around(panel, numbers, x) {
    const { y, tx, ty, rolled } = this.under(numbers, x);
    panel.ruler.setAttribute("d", `M${x - TANGENT * tx} ${y - TANGENT * ty}l${2 * TANGENT * tx} ${2 * TANGENT * ty}`);
    return (180 / Math.PI) * (rolled / 10);
  },

  /** The next step: along w, then down or up to the curve. */
  next(panel, [x, y], [toX, toY]) {
    const [endX] = within(panel.box, [x, y], [toX, y]);
    const [, endY] = within(panel.box, [toX, y], [toX, toY]);
    panel.pointTo(arrow(x, y, endX, y), endX === toX ? `M${toX} ${y}V${endY}` : "");
  },
};
