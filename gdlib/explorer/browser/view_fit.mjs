// The view of a line through data: balls on a map, and beside it what their weights say of the data.
import { arrow, views, within } from "./draw.mjs";

const PLACES = 100; // of the logistic curve, close enough for it to look round

/** A line's height in pixels, a part of the way from its left end to its right; squashed into 0 to 1 for a class. */
export function height([left, right], part, squash) {
  const straight = left + part * (right - left);
  if (!squash) return straight;
  const [zero, one] = squash;
  return zero + (one - zero) / (1 + Math.exp((straight - zero) / (zero - one)));
}

views.fit = {
  held: (_, place) => place,
  around: () => 0,
  next: (panel, from, to) => panel.pointTo(arrow(...from, ...within(panel.box, from, to))),

  beside(panel, ends, r, squash) {
    const [left, , wide] = panel.box;
    const count = squash ? PLACES : 1;
    const points = Array.from({ length: count + 1 }, (_, i) => {
      const part = i / count;
      return `${left + part * wide} ${height(ends, part, squash)}`;
    });
    panel.lines[r].children[2].setAttribute("d", Number.isNaN(ends[0]) ? "" : `M${points.join("L")}`);
  },
};
