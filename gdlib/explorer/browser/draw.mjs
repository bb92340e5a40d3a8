// Puts a moment on the screen: paths, balls, the arrow of the next step.
import { clamp, say } from "./numbers.mjs";

/**
 * A view's own part of drawing; each file view_NAME.mjs puts one in. All places are in the picture's pixels.
 *   held(numbers, [x, y])      where a ball is drawn that is held there, or glides by between two steps
 *   around(panel, numbers, x)  draws what belongs to the first ball; gives how far it has turned, in degrees
 *   next(panel, from, to)      draws where the next step leads, with panel.pointTo
 *   behind(panel, numbers, rate, name)  may be left out: draws what belongs to a rate alone, such as a level
 *   beside(panel, ends, r, squash) may be left out: draws a run on the panel of the data
 */
export const views = {};

const BALL = 8; // radius in pixels
const RIM = 3.5; // by so many more, where a ball lies on it
const HEAD = 11; // length of the arrow's head, of a long arrow
const FAR = 1500; // lines end so many pixels out of the picture: a lost run is not drawn for ever
const OUT = 4; // a ball this much beyond the side is outside

const isFar = (x, y) => Math.abs(x) > FAR || Math.abs(y) > FAR;

/** The point on the way from one to another that is FAR from the first. */
function cut(x, y, toX, toY) {
  const part = FAR / Math.hypot(toX - x, toY - y);
  return part < 1 ? `${x + part * (toX - x)} ${y + part * (toY - y)}` : `${toX} ${toY}`;
}

/** Points 0, ..., last: as a path a line from step to step, and as dots those beside which steps are left out. */
export function trace(x, y, steps, last, every = 1) {
  let [path, dots] = ["", ""];
  for (let i = 0; i <= last && !Number.isNaN(x[i] + y[i]); i++) {
    const joined = i > 0 && steps[i] === steps[i - 1] + every;
    const [far, before] = [isFar(x[i], y[i]), joined && isFar(x[i - 1], y[i - 1])];
    if (!joined && !far) path += `M${x[i]} ${y[i]}`;
    else if (far && joined && !before) path += `L${cut(x[i - 1], y[i - 1], x[i], y[i])}`;
    else if (!far) path += `${before ? `M${cut(x[i], y[i], x[i - 1], y[i - 1])}` : ""}L${x[i]} ${y[i]}`;
    if (!joined && !far && steps[i + 1] !== steps[i] + every) dots += `M${x[i]} ${y[i]}h0`;
  }
  return [path, dots];
}

/** An arrow from one point to another: its shaft and its head. */
export function arrow(x, y, toX, toY) {
  const [dx, dy] = [toX - x, toY - y];
  const length = Math.hypot(dx, dy);
  if (!(length > 0.5)) return ["", ""];
  const [ux, uy, head] = [dx / length, dy / length, Math.min(HEAD, 0.6 * length)];
  const [baseX, baseY, half] = [toX - head * ux, toY - head * uy, 0.5 * head];
  return [
    `M${x} ${y}L${baseX} ${baseY}`,
    `M${toX} ${toY}L${baseX - half * uy} ${baseY + half * ux}L${baseX + half * uy} ${baseY - half * ux}z`,
  ];
}

/** Where the way from a point to another leaves a box [left, top, wide, high]; the other, where it stays inside. */
export function within([left, top, wide, high], [x, y], [toX, toY]) {
  const share = (from, to, low, high) =>
    to > high ? (high - from) / (to - from) : to < low ? (low - from) / (to - from) : 1;
  const part = Math.max(0, Math.min(share(x, toX, left, left + wide), share(y, toY, top, top + high)));
  return part < 1 ? [x + part * (toX - x), y + part * (toY - y)] : [toX, toY];
}

/** One panel's nodes. */
export class Panel {
  constructor(area, { size, box }) {
    Object.assign(this, { area, size, box, image: area.querySelector("img") });
    const layers = (kind) => [...area.querySelectorAll(kind)].reverse(); // the page has the first run last, on top
    [this.lines, this.balls, this.outs] = [".gd-line", ".gd-ball", ".gd-out"].map(layers);
    [this.ruler, this.label, this.guide, this.shaft, this.head] = [
      ".gd-ruler",
      ".gd-label",
      ".gd-guide",
      ".gd-arrow",
      ".gd-head",
    ].map((kind) => area.querySelector(kind));
  }

  /** From the page's pixels to the picture's. */
  toPicture({ clientX, clientY }) {
    const seen = this.area.getBoundingClientRect();
    const scale = this.size[0] / seen.width;
    return [(clientX - seen.left) * scale, (clientY - seen.top) * scale];
  }

  /** The nearest place inside. */
  inside([x, y]) {
    const [left, top, wide, high] = this.box;
    return [clamp(x, left, left + wide), clamp(y, top, top + high)];
  }

  show(r, seen) {
    for (const nodes of [this.lines, this.balls, this.outs]) nodes[r].toggleAttribute("hidden", !seen);
  }

  /** The whole path and the part that is walked, up to the point `now`. */
  line(r, x, y, steps, now, every) {
    const drawn = [...trace(x, y, steps, x.length - 1, every), ...trace(x, y, steps, now, every)];
    const paths = [...this.lines[r].children];
    for (const [i, path] of paths.entries()) if (path.getAttribute("d") !== drawn[i]) path.setAttribute("d", drawn[i]); // what is set is painted again
  }

  /** A ball on its point, larger where others lie on it; out of the picture an arrow at the side, and words. */
  ball(r, x, y, words, turn = 0, on = 0) {
    const [nearX, nearY] = this.inside([x, y]);
    const out = !(Math.hypot(x - nearX, y - nearY) <= OUT);
    this.balls[r].setAttribute("transform", `translate(${x} ${y}) rotate(${turn}) scale(${BALL + RIM * on})`);
    this.balls[r].style.display = out ? "none" : "";
    this.outs[r].style.display = out && words ? "" : "none";
    if (!out || !words) return !out;
    const [side, text] = [this.outs[r].firstElementChild, this.outs[r].lastElementChild];
    const angle = (180 / Math.PI) * Math.atan2(y - nearY, x - nearX);
    side.setAttribute("transform", `translate(${nearX} ${nearY}) rotate(${angle}) translate(-9 0)`);
    const [left, , wide] = this.box;
    text.setAttribute("text-anchor", nearX > left + wide / 2 ? "end" : "start");
    text.setAttribute("x", nearX > left + wide / 2 ? nearX - 14 : nearX + 14);
    text.setAttribute("y", clamp(nearY + 4, this.box[1] + 12 + 14 * r, this.box[1] + this.box[3] - 6));
    text.textContent = words;
    return false;
  }

  pointTo([shaft, head], guide = "") {
    this.shaft.setAttribute("d", shaft);
    this.head.setAttribute("d", head);
    this.guide.setAttribute("d", guide);
  }
}

/** The weights of a point in words, for a ball that is outside. */
export const whereabouts = (weights, values) => weights.map((name, d) => `${name} ${say(values[d])}`).join(", ");
