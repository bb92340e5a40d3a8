// A figure: what is chosen, what is shown, and what a kernel is asked for.
import { Panel, views, whereabouts } from "./draw.mjs";
import { hands } from "./hands.mjs";
import { arrive } from "./link.mjs";
import { clamp, Numbers, say, unpack } from "./numbers.mjs";
import { HINT, page } from "./page.mjs";
import { Player } from "./play.mjs";

const REST = 200; // ms after which a hand rests, and Python is told what was chosen
const HUSH = 500; // ms after which a screen reader is told
const FLASH = 1500; // ms
const TOUCH = 5; // pixels: balls this near lie on one another
const PATIENCE = 3000; // ms after which a reader is told that Python doesn't answer
const BUSY = "Python does not answer: it is at work on another cell, or gone.";
const ALONE =
  "The figure as it was first run. To drop the ball elsewhere, run the notebook, so that Python can compute new paths.";

export class Figure {
  model = null; // the kernel's, where there is one
  now = { rate: 0, second: 0, clock: 0, tick: 0 }; // what is chosen, each as its index among all
  held = null; // where a hand has the ball, in pixels, until its path is here
  stale = new Set(); // rates whose paths are from an earlier start
  #asked = []; // the requests that are under way
  #next = null; // the newest that waits for it
  #frame = 0;
  #telling = 0;
  #speaking = 0;
  #waiting = 0;
  #part = 0; // of the way to the next moment, while it plays

  constructor(root, key, { spec, said, pictures, chosen, array }) {
    Object.assign(this, { root, key, spec, said, pictures });
    this.numbers = new Numbers(spec, array);
    this.view = views[spec.view];
    globalThis.gdlib_figures = (globalThis.gdlib_figures ?? 0) + 1;
    root.innerHTML = page(spec, globalThis.gdlib_figures);
    root.gdlib = this;
    const find = (selector) => [...root.querySelectorAll(selector)];
    this.panels = find(".gd-panel").map((area, i) => new Panel(area, spec.panels[i]));
    [this.scene, this.chart, this.data] = this.panels;
    this.fields = Object.fromEntries(find("input, select").map((field) => [field.name, field]));
    [this.back, this.playButton, this.on] = find("button");
    [this.note, this.status] = find(".gd-note, [role=status]");
    [this.tables, this.limits, this.starts] = [find("tbody"), find(".gd-limit"), find(".gd-starts input")];
    this.grip = document.createElement("div");
    this.grip.className = "gd-grip";
    this.grip.title = HINT;
    this.scene.area.append(this.grip);
    this.scene.image.src = pictures[0];
    if (this.data) this.data.image.src = pictures.at(-1);
    this.player = new Player(
      (place) => this.playTo(place),
      () => this.stopped(),
    );
    this.choices = {
      learning_rate: ["rate", spec.rates ?? [0]],
      second: ["second", spec.second.values],
      count_in: ["clock", spec.clocks.map(({ name }) => name)],
    };
    for (const [name, [key, values]] of Object.entries(this.choices)) this.now[key] = nearest(values, chosen[name]);
    this.listen();
    this.leave();
    this.toStep(chosen.step);
  }

  // -- what is chosen

  get clock() {
    return this.spec.clocks[this.now.clock];
  }

  get last() {
    return this.clock.moments.length - 1;
  }

  seen() {
    return [...this.spec.runs.keys()].filter((r) => [null, this.now.second].includes(this.spec.runs[r].choice));
  }

  /** Which of the points that were sent a run shows at a moment. */
  point(r, tick = this.now.tick) {
    return this.numbers.column(`${r}.shown.${this.now.clock}`, this.last + 1)[clamp(tick, 0, this.last)];
  }

  steps(r) {
    return this.numbers.column(`${r}.steps`, this.spec.runs[r].sent);
  }

  made(r) {
    return this.steps(r)[this.point(r)];
  }

  toTick(tick) {
    this.now.tick = clamp(Math.round(tick), 0, this.last);
    this.#part = 0;
    this.refresh();
  }

  /** To the moment at which a run, the first, has made so many steps. */
  toStep(step, r = this.seen()[0]) {
    const steps = this.steps(r);
    let tick = 0;
    while (tick < this.last && steps[this.point(r, tick)] < step) tick++;
    this.toTick(tick);
  }

  /** To the next moment at which something moves. */
  move(by) {
    this.player.pause();
    const points = (tick) =>
      this.seen()
        .map((r) => this.point(r, tick))
        .join();
    let tick = this.now.tick + by;
    while (tick > 0 && tick < this.last && points(tick) === points(this.now.tick)) tick += by;
    this.toTick(tick);
  }

  playTo(place) {
    this.now.tick = Math.floor(place);
    this.#part = place - this.now.tick;
    this.refresh();
  }

  stopped() {
    this.playButton.ariaPressed = "false";
    this.toTick(this.now.tick);
    this.choose();
  }

  // -- the screen

  refresh() {
    this.#frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.#frame = 0;
    if (this.stale.has(this.now.rate)) this.ask({ rate: this.now.rate });
    else this.drawRuns();
    this.write();
  }

  drawRuns() {
    const seen = this.seen();
    for (const panel of this.panels) for (const r of this.spec.runs.keys()) panel.show(r, seen.includes(r));
    this.view.behind?.(this.scene, this.numbers, this.now.rate, this.spec.level);
    this.taken = [];
    for (const r of seen) this.drawRun(r, r === seen[0]);
  }

  drawRun(r, first) {
    const row = (name) => this.numbers.row(r, name, this.now.rate);
    const [x, y, height, steps, p] = [row("x"), row("y"), row("height"), this.steps(r), this.point(r)];
    const across = this.numbers.column(`${r}.across.${this.now.clock}`, x.length);
    const gone = Number.isNaN(x[p]);
    const alive = gone ? firstLost(x) - 1 : p; // after its last point a run is out
    const part = this.glided(r, p, x);
    const at = (column) => (part ? column[p] + part * (column[p + 1] - column[p]) : column[p]);
    const [ballX, ballY] = part ? this.view.held(this.numbers, [at(x), at(y)]) : [x[p], y[p]];
    if (this.data) this.view.beside(this.data, [at(row("left")), at(row("right"))], r, this.spec.squash);
    const { every } = this.spec.runs[r];
    this.scene.line(r, x, y, steps, this.held ? -1 : alive, every);
    const whole = steps.at(-1) === every * (steps.length - 1); // else a line would be of torn pieces: dots alone
    this.chart.line(r, across, height, steps, alive, whole ? every : 0);
    const values = this.spec.weights.map((_, d) => row(`read.${d}`)[p]);
    const words = whereabouts(this.spec.weights, values);
    const [told, toldAt] = gone ? [across[alive], height[alive]] : [across[p], height[p]];
    this.chart.ball(r, told, toldAt, " "); // out of the chart an arrow at the side, with no words
    const turn = first && !this.held && !gone ? this.view.around(this.scene, this.numbers, ballX) : 0;
    let place = [ballX, ballY];
    if (gone) place = beyond(x[alive], y[alive], this.scene);
    if (this.held && first) place = this.held;
    const on = this.taken.filter(([nearX, nearY]) => Math.hypot(place[0] - nearX, place[1] - nearY) < TOUCH).length;
    this.taken.push(place);
    const inside = this.scene.ball(r, ...place, words, turn, on);
    if (!first) {
      this.scene.balls[r].toggleAttribute("hidden", !!this.held); // one ball is enough in the hand
      return;
    }
    if (this.held) this.view.around(this.scene, this.numbers, place[0]);
    this.drawNext(r, p, !gone && inside && !this.#part && !this.held);
    this.ball = place;
    this.grip.style.translate = place.map((z) => `${(100 * z) / this.scene.size[0]}cqw`).join(" ");
    this.grip.toggleAttribute("hidden", !inside || this.fixed);
  }

  /** Where the next step leads. */
  drawNext(r, p, shown) {
    const far = this.numbers.has(`${r}.nextx`);
    const row = (name) => this.numbers.row(r, name, this.now.rate);
    const from = [row("x")[p], row("y")[p]];
    const to = far ? [row("nextx")[p], row("nexty")[p]] : [row("x")[p + 1], row("y")[p + 1]];
    const over = this.steps(r)[p] >= this.spec.runs[r].last;
    if (shown && !over && !Number.isNaN(to[0] + to[1])) this.view.next(this.scene, from, to);
    else this.scene.pointTo(["", ""]);
  }

  /** The part of the way to the next step, while it plays, and only between two that follow one another. */
  glided(r, p, x) {
    const next = this.point(r, this.now.tick + 1);
    const steps = this.steps(r);
    if (!this.#part || next !== p + 1 || steps[next] !== steps[p] + this.spec.runs[r].every || Number.isNaN(x[next]))
      return 0;
    return this.#part * this.#part * (3 - 2 * this.#part);
  }

  // -- the words

  write() {
    const { fields, now, spec } = this;
    const seen = this.seen();
    for (const r of spec.runs.keys()) this.tables[r].hidden = !seen.includes(r);
    if (!this.stale.has(now.rate)) for (const r of seen) this.writeRun(r);
    if (fields.rate) this.tell(fields.rate, now.rate, say(spec.rates[now.rate]));
    if (fields.second) this.tell(fields.second, now.second, say(spec.second.values[now.second]));
    fields.tick.max = this.last;
    const { name, moments } = this.clock;
    this.tell(fields.tick, now.tick, `${say(moments[now.tick])} of ${say(moments[this.last])} ${name}`);
    fields.clock.value = now.clock;
    const picture = this.pictures[1 + now.clock];
    if (this.chart.image.src !== picture) this.chart.image.src = picture;
    this.writeLimits(seen);
    this.writeStarts(seen[0]);
    clearTimeout(this.#speaking); // a reader is told when the hand rests, not at every pixel
    this.#speaking = setTimeout(() => this.speak(seen), HUSH);
  }

  writeRun(r) {
    const p = this.point(r);
    const [, step, ...cells] = this.tables[r].rows[0].cells;
    put(step, String(this.made(r)));
    for (const [i, cell] of cells.entries()) put(cell, say(this.numbers.row(r, `read.${i}`, this.now.rate)[p]));
    put(this.tables[r].querySelector(".gd-verdict"), this.said[r][this.now.rate]);
  }

  writeLimits(seen) {
    for (const mark of this.limits) {
      const run = seen
        .map((r) => this.spec.runs[r])
        .findLast(({ law, limit }) => law === mark.textContent && limit >= 0);
      mark.hidden = !run;
      if (!run) continue;
      mark.style.setProperty("--at", run.limit);
      mark.classList.toggle("gd-far", run.limit > 0.6); // its words go where there is room
    }
  }

  writeStarts(r) {
    const [x, y] = ["x", "y"].map((name) => this.numbers.row(r, name, this.now.rate)[0]);
    const [left, top, , high] = this.scene.box;
    this.starts.forEach((field, d) => {
      const value = say(this.numbers.row(r, `read.${d}`, this.now.rate)[0]);
      if (!this.held) field.value = d ? top + high - y : x - left; // else the hand leads
      this.tell(field, field.value, value);
    });
  }

  tell(field, value, text) {
    field.value = value;
    field.setAttribute("aria-valuetext", text);
    put(field.closest(".gd-row").querySelector(".gd-value"), text);
  }

  speak(seen) {
    const { slider, rates } = this.spec;
    const rate = rates ? [`${slider} ${say(rates[this.now.rate])}`] : [];
    const runs = seen.map((r) => {
      const [name, step, ...values] = [...this.tables[r].rows[0].cells].map((cell) => cell.textContent.trim());
      const told = this.spec.readings.map((reading, i) => `${reading} ${values[i]}`);
      return `${name}, step ${step}, ${told.join(", ")}, ${this.tables[r].rows[1].textContent.trim()}`;
    });
    this.status.textContent = [...rate, ...runs].join(". ");
  }

  // -- hands

  listen() {
    const { root, fields } = this;
    hands(this.scene, this.grip, {
      ball: () => this.ball,
      drag: (place) => this.hold(place),
      drop: (place) => this.hold(place),
      rest: () => this.ask({ rate: null }),
    });
    this.back.onclick = () => this.move(-1);
    this.on.onclick = () => this.move(1);
    this.playButton.onclick = () => {
      if (this.player.playing) return this.player.pause();
      this.playButton.ariaPressed = "true";
      this.player.start(this.now.tick, this.last);
    };
    root.oninput = ({ target }) => {
      const { name, value } = target;
      this.player.pause();
      if (name === "tick") this.toTick(+value);
      else if (name === "rate" || name === "second") this.now[name] = +value;
      else if (name === "clock") this.recount(+value);
      else this.hold(this.startAt(target));
      this.refresh();
    };
    root.onchange = ({ target }) => {
      if (this.starts.includes(target)) this.ask({ rate: null });
      this.choose();
    };
    root.onclick = () => this.choose();
    fields.tick.max = this.last;
  }

  /** Another clock, at the same step of the run that makes the most. */
  recount(clock) {
    const long = this.seen().reduce((r, other) => (this.spec.runs[other].last > this.spec.runs[r].last ? other : r));
    const step = this.made(long);
    this.now.clock = clock;
    this.toStep(step, long);
  }

  startAt(field) {
    const [left, top, , high] = this.scene.box;
    const [r] = this.seen();
    const place = this.held ?? ["x", "y"].map((name) => this.numbers.row(r, name, this.now.rate)[0]);
    return field.name === "0" ? [left + +field.value, place[1]] : [place[0], top + high - field.value];
  }

  hold(place) {
    if (this.fixed) {
      this.note.animate([{ background: "#f0c000" }, {}], FLASH); // it says why nothing moves
      return;
    }
    this.player.pause();
    this.held = this.view.held(this.numbers, place);
    this.now.tick = 0;
    this.ask({ rate: this.now.rate, at: this.held });
    this.refresh();
  }

  // -- the kernel: one request at a time; the newest waits, the others are forgotten. But all the paths, which
  // are asked for when the hand lets go, do not wait for those of the rate at hand.

  get fixed() {
    return !this.model || this.spec.drawn.fixed;
  }

  /** What stands below the figure while all is well. */
  get rest() {
    if (this.spec.drawn.fixed) return this.spec.drawn.note;
    return this.model ? (this.model.get("note") ?? "") : ALONE;
  }

  ask(request) {
    if (this.fixed) return;
    const last = this.#asked.at(-1);
    const at = request.at ?? this.#next?.at;
    const next = at ? { ...request, at } : request;
    if (last && (request.rate !== null || last.rate === null)) {
      this.#next = next;
      return;
    }
    this.#next = null;
    this.#asked.push(next);
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.inform(BUSY), PATIENCE);
    this.model.send(next);
  }

  inform(words) {
    if (words === BUSY) this.held = null;
    this.note.textContent = words;
    this.note.hidden = !words;
    this.refresh();
  }

  answered({ rate, said, failed }, [bytes] = []) {
    const { at } = this.#asked.shift() ?? {};
    if (!this.#asked.length) clearTimeout(this.#waiting);
    if (this.note.textContent !== this.rest) this.inform(this.rest);
    if (!failed) {
      if (at) this.stale = new Set(this.spec.rates?.keys() ?? [0]);
      if (rate === null) this.stale.clear();
      this.stale.delete(rate);
      this.numbers.take(bytes, rate);
      for (const r of this.spec.runs.keys()) {
        if (rate === null) this.said[r] = said[r];
        else this.said[r][rate] = said[r][0];
      }
    }
    const next = this.#next;
    this.#next = null;
    if (next) this.ask(next);
    else if (!this.#asked.length) this.held = null;
    this.refresh();
  }

  /** What was chosen goes to Python when the hand rests. */
  choose() {
    clearTimeout(this.#telling);
    if (!this.model) return;
    this.#telling = setTimeout(() => {
      for (const [name, [key, values]] of Object.entries(this.choices)) this.model?.set(name, values[this.now[key]]);
      this.model?.set("step", this.made(this.seen()[0]));
      this.model?.save_changes();
      this.#telling = 0; // last, for what is set is also heard
    }, REST);
  }

  /** And what code sets comes back. */
  follow() {
    if (this.#telling || !this.model) return;
    for (const [name, [key, values]] of Object.entries(this.choices))
      this.now[key] = nearest(values, this.model.get(name));
    if (this.made(this.seen()[0]) !== this.model.get("step")) this.toStep(this.model.get("step"));
    this.refresh();
  }

  join(model) {
    this.model = model;
    this.heard = { "msg:custom": (message, buffers) => message.page || this.answered(message, buffers) };
    for (const name of [...Object.keys(this.choices), "step"]) this.heard[`change:${name}`] = () => this.follow();
    for (const [event, answer] of Object.entries(this.heard)) model.on(event, answer);
    this.root.classList.toggle("gd-alone", this.spec.drawn.fixed);
    this.inform(this.rest);
    this.follow();
  }

  leave() {
    for (const [event, answer] of Object.entries(this.heard ?? {})) this.model?.off(event, answer);
    this.model = this.held = this.#next = null;
    this.#asked = [];
    this.root.classList.add("gd-alone");
    clearTimeout(this.#waiting);
    this.inform(this.rest);
  }
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function nearest(values, value) {
  if (typeof value !== "number") return Math.max(0, values.indexOf(value));
  return values.reduce((best, each, i) => (Math.abs(each - value) < Math.abs(values[best] - value) ? i : best), 0);
}

function firstLost(x) {
  const lost = x.findIndex((value) => Number.isNaN(value));
  return lost < 0 ? x.length : lost;
}

/** A place outside, in the direction from the middle in which a run was last seen. */
function beyond(x, y, { box: [left, top, wide, high] }) {
  const [dx, dy] = [x - left - wide / 2, y - top - high / 2];
  const far = 10 * Math.max(1, wide / Math.max(1, Math.hypot(dx, dy)));
  return [x + far * dx, y + far * dy];
}

/** Bring the figure before a script to life; `packed` is what packed.py made. */
export async function wake(script, packed) {
  const root = script.parentNode.querySelector(".gd");
  const whole = await unpack(packed);
  arrive(new Figure(root, root.dataset.key, whole));
}
