// The view of what was measured along a run: no ball rolls here, but a level is drawn across.
import { views } from "./draw.mjs";

const NEAR = 7; // pixels from the line to its name

views.traces = {
  held: (_, place) => place,
  around: () => 0,
  next: () => {},

  /** The level of a rate, and its name; only the name, at the rim, where the level is out of the picture. */
  behind(panel, numbers, rate, name) {
    if (!numbers.has("level")) return;
    const [left, top, wide, high] = panel.box;
    const y = numbers.column("level", rate + 1)[rate];
    const [above, below] = [y < top, y > top + high];
    panel.ruler.setAttribute("d", above || below ? "" : `M${left} ${y}h${wide}`);
    panel.label.setAttribute("x", left + wide - 2 * NEAR); // clear of the ball at the end
    panel.label.setAttribute(
      "y",
      above || y < top + 3 * NEAR ? Math.max(top, y) + 2.5 * NEAR : Math.min(top + high, y) - NEAR,
    );
    panel.label.textContent = above ? `↑ ${name}` : below ? `↓ ${name}` : name;
  },
};
