// Python computed every path and Matplotlib drew what stays; this picks, and draws what moves.
// In a notebook anywidget calls `render`; in a page without a kernel `wake` does, over the same arrays.

const [INK, GREY, ORANGE] = ["#1f2933", "#7b8794", "#E69F00"]; // the grey is seen on white and on black
const KEYS = { "data-lm-suppress-shortcuts": "true" }; // JupyterLab takes keys from elements that don't say this
const SHAPES = Object.entries({
  o: "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z",
  s: "M-.9-.9h1.8v1.8h-1.8z",
  "^": "M0-1.3l1.1 2h-2.2z",
  head: "M0 0l-11 6v-12z",
  plain: "M0 0v-1a1 1 0 0 1 1 1zM0 0v1a1 1 0 0 1-1-1z", // the light parts of a ball, so that its turning is seen
  other: "M0 0v-1a1 1 0 0 1 .87.5zM0 0l.87.5a1 1 0 0 1-.87.5zM0 0l-.87.5a1 1 0 0 1 0-1z",
});

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** A number as one reads it: three digits and a true minus. */
export function say(value) {
  const size = Math.abs(value);
  const text = size >= 1e5 || (size && size < 1e-3) ? value.toExponential(2) : String(+value.toPrecision(3));
  return Number.isFinite(value) ? text.replaceAll("-", "−") : "out of range";
}

/** The last step made at time `now`; NaN in `x` ends a path. */
export function locate(times, x, now) {
  let step = 0;
  while (times[step + 1] <= now * 1.0001 + 1e-9 && !Number.isNaN(x[step + 1])) step++;
  return step;
}

/** Index of the value nearest to `value`. */
export function nearest(values, value) {
  const far = (i) => Math.abs(values[i] - value);
  return values.reduce((best, _, i) => (far(i) < far(best) ? i : best), 0);
}

/** The point of a curve at pixel x: its height, its direction, and the pixels rolled to it. */
export function touch(points, gap, x) {
  let [low, high] = [0, points.length / 2 - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[2 * middle] <= x) low = middle;
    else high = middle;
  }
  const [x0, y0, x1, y1] = points.subarray(2 * low, 2 * low + 4);
  const [part, length] = [(x - x0) / (x1 - x0), Math.hypot(x1 - x0, y1 - y0)];
  return { x, y: y0 + part * (y1 - y0), tx: (x1 - x0) / length, ty: (y1 - y0) / length, s: gap * (low + part) };
}

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function range(name, max) {
  const input = h("input", { type: "range", min: 0, max, value: 0, "aria-label": name, ...KEYS });
  const value = h("span", { class: "gd-value" });
  const row = h("label", { class: "gd-row" }, h("span", {}, name), h("span", { class: "gd-track" }, input), value);
  const tell = (text) => {
    value.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  return { input, value, row, tell };
}

const button = (name, sign) => h("button", { type: "button", "aria-label": name, title: name, ...KEYS }, sign);

function line(pen, x, y, first, last, style) {
  Object.assign(pen, { strokeStyle: GREY, lineWidth: 1.5, globalAlpha: 1 }, style).setLineDash(style.dash ?? []);
  pen.beginPath();
  for (let i = first; i <= last && !Number.isNaN(x[i] + y[i]); i++) pen.lineTo(x[i], y[i]);
  pen.stroke();
  pen.globalAlpha = 1;
}

function stamp(pen, shape, x, y, size, fill, angle = 0, edge = null) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(angle);
  pen.scale(size, size);
  Object.assign(pen, { fillStyle: fill, strokeStyle: edge, lineWidth: 1.5 / size }).setLineDash([]);
  pen.fill(PATHS[shape]);
  if (edge) pen.stroke(PATHS[shape]);
  pen.restore();
}

function arrow(pen, x, y, toX, toY, color) {
  const [length, angle] = [Math.hypot(toX - x, toY - y), Math.atan2(toY - y, toX - x)];
  if (!(length > 3)) return;
  const short = Math.max(0, 1 - 9 / length);
  line(pen, [x, x + short * (toX - x)], [y, y + short * (toY - y)], 0, 1, { strokeStyle: color, lineWidth: 3.5 });
  stamp(pen, "head", toX, toY, Math.min(1, length / 11), color, angle);
}

let PATHS; // made when first drawn: Node, which tests the functions above, has no Path2D

export function render({ model, el }) {
  PATHS ??= Object.fromEntries(SHAPES.map(([name, path]) => [name, new Path2D(path)]));
  const spec = model.get("spec");
  const { runs, rates, second, clocks, curve, at } = spec;
  const now = { rate: 0, second: 0, clock: 0, tick: 0 }; // what is chosen now; a tick is a step of the clock
  let live = !model.alone;
  let stack, said, held, wanted; // held: where the hand has the ball; wanted: the start to ask for next
  let [frame, playing, speaking, telling, asking] = [0, 0, 0, 0, false];

  // -- the page
  const rate = range("Learning rate", rates.length - 1);
  const other = second && range(second.name, second.values.length - 1);
  const step = range("Step", 1);
  const starts = spec.starts.map((name, d) => range(name, Math.round(spec.panels[0].box[2 + d])));
  const [back, play, on] = [button("One step back", "−1"), button("Play", ""), button("One step forward", "+1")];
  step.row = h("div", { class: "gd-row" }, h("span", { class: "gd-buttons" }, back, play, on), step.input, step.value);
  const unit = h(
    "select",
    { "aria-label": "Count in", ...KEYS },
    ...clocks.map((clock) => h("option", {}, clock.name)),
  );
  const units = h("label", { class: "gd-row" }, h("span", {}, "Count in"), unit);
  units.hidden = clocks.length < 2;
  const limit = h("span", { class: "gd-limit", "aria-hidden": "true" }, "2/L");
  rate.input.after(limit);
  const urls = model.get("pictures").map((png) => URL.createObjectURL(new Blob([png], { type: "image/png" })));
  const panels = spec.panels.map(({ size, box, alt }, i) => {
    const [img, canvas] = [h("img", { src: urls[i], alt }), h("canvas", { "aria-hidden": "true" })];
    const style = `aspect-ratio: ${size.join("/")}; --wide: ${size[0]}`;
    return {
      area: h("div", { class: "gd-panel", style }, img, canvas),
      img,
      canvas,
      pen: canvas.getContext("2d"),
      size,
      box,
    };
  });
  const [scene, chart] = panels;
  const [left, top, wide, high] = scene.box;
  const grip = scene.area.appendChild(h("div", { class: "gd-grip", title: "Drag the ball to a new start" }));
  const lines = runs.map(({ name, color, marker }) => {
    const [numbers, verdict] = [h("span", { class: "gd-numbers" }), h("strong")];
    const label = h("span", { class: "gd-run", style: `--color: ${color}`, "data-marker": marker }, name);
    return { numbers, verdict, row: h("p", {}, label, numbers, verdict) };
  });
  const words = h("div", { class: "gd-words" }, ...lines.map(({ row }) => row));
  const moves = h("div", { class: "gd-controls" }, ...starts.map(({ row }) => row));
  const status = h("p", { class: "gd-hidden", role: "status" });
  const note = h("p", { class: "gd-note" });
  const controls = h("div", { class: "gd-controls" }, rate.row, other?.row ?? "", step.row, units, moves, note);
  const figure = h("div", { class: "gd-panels" }, ...panels.map(({ area }) => area));
  const root = h("div", { class: "gd", role: "group", "aria-label": spec.name }, figure, words, controls, status);
  el.replaceChildren(root);

  // -- the paths: one array, and where in it each column of each run begins
  const part = (name, length, index) => stack.subarray(at[name] + index * length, at[name] + (index + 1) * length);
  const variant = (r) => Math.min(now.second, runs[r].seconds - 1);
  const place = (r) => variant(r) * rates.length + now.rate;
  const column = (r, name) => part(`${r}.${name}`, runs[r].points, place(r));
  const clock = (r, name) => part(`${r}.${name}`, runs[r].points, variant(r));
  const made = (r, i) => clock(r, "updates.times")[i];
  const time = () => (now.tick * clocks[now.clock].top) / clocks[now.clock].ticks;
  const stepOf = (r) => locate(clock(r, `${clocks[now.clock].name}.times`), column(r, "x"), time());

  function receive() {
    const raw = model.get("stack");
    stack = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
    said = model.get("said");
    show();
  }

  // -- drawing
  function redraw() {
    frame ||= requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    for (const { canvas, pen, size } of panels) {
      pen.setTransform(canvas.width / size[0], 0, 0, canvas.height / size[1], 0, 0);
      pen.clearRect(0, 0, ...size);
    }
    for (let r = runs.length - 1; r >= 0; r--) drawRun(r); // the first run lies on top
    write();
  }

  function inside({ pen, box }, drawing) {
    pen.save();
    pen.beginPath();
    pen.rect(...box);
    pen.clip();
    drawing(pen);
    pen.restore();
  }

  function drawRun(r) {
    const { color, dash, marker, points, ball } = runs[r];
    const [x, y, height] = ["x", "y", "height"].map((name) => column(r, name));
    const [times, across] = ["times", "across"].map((name) => clock(r, `${clocks[now.clock].name}.${name}`));
    const i = stepOf(r);
    const next = i + 1 < points && !Number.isNaN(x[i + 1]);
    const late = next && !now.clock ? clamp((time() - times[i]) / (times[i + 1] - times[i]), 0, 1) : 0;
    const glide = late * late * (3 - 2 * late); // between two steps, while it plays
    const style = { strokeStyle: color, dash, lineWidth: 2 };
    inside(chart, (pen) => {
      line(pen, across, height, 0, points - 1, { ...style, globalAlpha: 0.3 });
      line(pen, across, height, 0, i, { ...style, lineWidth: 3 });
    });
    const [, roof, , depth] = chart.box;
    stamp(chart.pen, marker, across[i], clamp(height[i], roof, roof + depth), 6, ball, 0, "white");
    if (held && r) return; // one ball is enough in the hand
    const between = (values) => values[i] + (glide && glide * (values[i + 1] - values[i]));
    const [handX, handY] = held ?? [between(x), between(y)];
    const spot = curve ? touch(part("curve", 2 * curve.points, 0), curve.gap, handX) : { x: handX, y: handY };
    inside(scene, (pen) => {
      line(pen, x, y, 0, points - 1, { ...style, globalAlpha: curve ? 0.12 : 0.25 });
      line(pen, x, y, 0, i, { ...style, globalAlpha: curve ? 0.45 : 1 });
      for (let j = Math.max(0, i - 200); j <= i && !held; j++) stamp(pen, marker, x[j], y[j], 3.5, color, 0, "white");
      const { tx, ty } = spot;
      const tangent = [
        [spot.x - 80 * tx, spot.x + 80 * tx],
        [spot.y - 80 * ty, spot.y + 80 * ty],
      ];
      if (curve && !r) line(pen, ...tangent, 0, 1, { lineWidth: 2 });
      if (r || glide || held || !next || (runs.length > 1 && !curve)) return;
      if (curve) line(pen, [x[i + 1], x[i + 1]], [y[i], y[i + 1]], 0, 1, { dash: [2, 4] });
      arrow(pen, x[i], y[i], x[i + 1], curve ? y[i] : y[i + 1], ORANGE);
    });
    drawBall(r, spot);
  }

  function drawBall(r, spot) {
    const [{ ball, marker }, pen, size] = [runs[r], scene.pen, curve ? 14 : 9];
    const [x, y] = curve ? [spot.x + spot.ty * size, spot.y - spot.tx * size] : [spot.x, spot.y];
    const [edgeX, edgeY] = [clamp(x, left + 9, left + wide - 9), clamp(y, top + 9, top + high - 9)];
    const out = Math.hypot(x - edgeX, y - edgeY);
    if (out > 30) arrow(pen, edgeX - (18 * (x - edgeX)) / out, edgeY - (18 * (y - edgeY)) / out, edgeX, edgeY, ball);
    else stamp(pen, curve ? "o" : marker, x, y, size, ball, 0, curve ? INK : "white");
    if (curve && out <= 30) stamp(pen, r ? "other" : "plain", x, y, size - 1, "rgb(255 255 255 / 0.85)", spot.s / size);
    if (r) return;
    grip.hidden = !live || out > 30;
    grip.style.translate = `${(100 * x) / scene.size[0]}cqw ${(100 * y) / scene.size[0]}cqw`;
  }

  // -- readings
  function write() {
    runs.forEach((run, r) => {
      const told = run.readings.map((reading) => `${reading} ${say(column(r, reading)[stepOf(r)])}`);
      lines[r].numbers.textContent = [`step ${made(r, stepOf(r))}`, ...told].join(" · ");
      lines[r].verdict.textContent = said[r][place(r)];
    });
    const share = spec.limits[Math.min(now.second, spec.limits.length - 1)];
    limit.hidden = share === null;
    limit.style.setProperty("--at", share);
    rate.tell(say(rates[now.rate]));
    other?.tell(say(second.values[now.second]));
    step.tell(`${say(time())} of ${say(clocks[now.clock].top)} ${clocks[now.clock].name}`);
    for (const [d, start] of starts.entries()) start.tell(say(column(0, runs[0].readings[d])[0]));
    clearTimeout(speaking); // a reader is told when the hand rests, not at every pixel
    speaking = setTimeout(() => {
      const heard = lines.map(({ row }) => [...row.children].map((child) => child.textContent).join(", "));
      status.textContent = [`Learning rate ${say(rates[now.rate])}`, ...heard].join(". ");
    }, 500);
  }

  // -- what was chosen goes to Python when the control is let go, and comes from there
  function tell() {
    clearTimeout(telling);
    telling = setTimeout(() => {
      model.set("learning_rate", rates[now.rate]);
      if (second) model.set("second", second.values[now.second]);
      model.set("count_in", clocks[now.clock].name);
      model.set("step", made(0, stepOf(0)));
      model.save_changes();
    }, 200);
  }

  const take = {
    "change:learning_rate": () => (now.rate = nearest(rates, model.get("learning_rate"))),
    "change:second": () => (now.second = second ? nearest(second.values, model.get("second")) : 0),
    "change:count_in": () =>
      (now.clock = Math.max(
        0,
        clocks.findIndex(({ name }) => name === model.get("count_in")),
      )),
    "change:step": () => {
      if (made(0, stepOf(0)) === model.get("step")) return;
      const { name, ticks, top } = clocks[now.clock];
      const i = nearest([...clock(0, "updates.times")], model.get("step"));
      now.tick = Math.ceil((clock(0, `${name}.times`)[i] * ticks) / top - 0.01);
    },
  };

  function show() {
    rate.input.value = now.rate;
    if (other) other.input.value = now.second;
    unit.selectedIndex = now.clock;
    step.input.max = clocks[now.clock].ticks;
    if (chart.img.src !== urls[1 + now.clock]) chart.img.src = urls[1 + now.clock];
    const begun = [column(0, "x")[0] - left, top + high - column(0, "y")[0]];
    for (const [d, { input }] of starts.entries()) input.value = begun[d];
    moveTo(now.tick);
  }

  function moveTo(tick) {
    now.tick = clamp(tick, 0, clocks[now.clock].ticks);
    step.input.value = Math.floor(now.tick);
    redraw();
  }

  // -- playing
  function label(text, sign) {
    play.textContent = `${sign}\uFE0E`;
    for (const key of ["aria-label", "title"]) play.setAttribute(key, text);
  }

  function pause() {
    if (playing) now.tick = Math.round(now.tick);
    playing = cancelAnimationFrame(playing);
    label("Play", "▶");
  }

  function start() {
    const { ticks } = clocks[now.clock];
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pace = smooth ? Math.max(3, ticks / 12) : 2; // ticks a second
    let [exact, last] = [now.tick >= ticks ? 0 : now.tick, performance.now()];
    const beat = (moment) => {
      exact += clamp((moment - last) / 1000, 0, 0.1) * pace; // a hidden tab stands still
      last = moment;
      playing = requestAnimationFrame(beat);
      moveTo(smooth ? exact : Math.floor(exact));
      if (exact >= ticks) tell(pause());
    };
    label("Pause", "⏸");
    playing = requestAnimationFrame(beat);
  }

  // -- a new start: at most one request is on its way; the newest waits, the others are forgotten
  function ask(point) {
    wanted = point;
    if (asking || !wanted) return;
    model.send({ start: wanted });
    [asking, wanted] = [true, null];
  }

  function replied() {
    asking = false;
    ask(wanted);
    if (!asking && !grip.onpointermove) held = null;
    redraw();
  }

  function drag(event) {
    const area = scene.area.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top].map((p) => (p * scene.size[0]) / area.width);
    held = [clamp(x, left, left + wide), clamp(y, top, top + high)];
    moveTo(0);
    ask(held);
  }

  function disconnect() {
    live = false;
    moves.hidden = true;
    note.textContent =
      "The start is fixed here: to drag the ball, run the notebook, so that Python can compute new paths.";
    redraw();
  }

  // -- hands
  grip.onpointerdown = (event) => {
    pause();
    grip.setPointerCapture(event.pointerId);
    grip.onpointermove = drag;
  };
  grip.onlostpointercapture = () => {
    grip.onpointermove = null;
    if (!asking) held = null;
    tell(redraw());
  };
  const stepTo = (tick) => moveTo(tick, pause());
  step.input.oninput = () => stepTo(+step.input.value);
  back.onclick = () => stepTo(now.tick - 1);
  on.onclick = () => stepTo(now.tick + 1);
  play.onclick = () => (playing ? pause() : start());
  const choose = (key, value) => {
    now[key] = +value;
    redraw();
  };
  rate.input.oninput = () => choose("rate", rate.input.value);
  if (other) other.input.oninput = () => choose("second", other.input.value);
  unit.onchange = () => {
    pause();
    now.tick = Math.round((now.tick * clocks[unit.selectedIndex].ticks) / clocks[now.clock].ticks);
    now.clock = unit.selectedIndex;
    show();
  };
  starts.forEach(({ input }, d) => {
    input.oninput = () => {
      const point = [column(0, "x")[0], column(0, "y")[0]];
      point[d] = d ? top + high - input.value : left + +input.value;
      stepTo(0);
      ask(point);
    };
  });
  root.onchange = root.onclick = tell;

  // -- life
  pause();
  for (const key of ["learning_rate", "second", "count_in"]) take[`change:${key}`]();
  receive();
  show(take["change:step"]());
  if (!live) disconnect();
  const sizes = new ResizeObserver(() => {
    for (const { area, canvas } of panels) {
      canvas.width = Math.round(area.clientWidth * devicePixelRatio);
      canvas.height = Math.round(area.clientHeight * devicePixelRatio);
    }
    draw(cancelAnimationFrame(frame)); // at once: a canvas that changes its size is blank until it is drawn
  });
  for (const { area } of panels) sizes.observe(area);
  const heard = { "change:stack": receive, "msg:custom": replied, comm_live_update: disconnect };
  for (const [event, answer] of Object.entries(take)) heard[event] = () => show(answer());
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    pause();
    sizes.disconnect();
    cancelAnimationFrame(frame);
    for (const timer of [speaking, telling]) clearTimeout(timer);
    for (const url of urls) URL.revokeObjectURL(url);
  };
}

/** Undo what Python does to numbers to pack them well: first bytes first, and each number less the one before it. */
export function unpack(bytes) {
  const count = bytes.length / 4;
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const change = [0, 1, 2, 3].reduce((sum, b) => sum | (bytes[b * count + i] << (8 * b)), 0);
    numbers[i] = (numbers[i - 1] ?? 0) + change;
  }
  return new DataView(numbers.buffer);
}

/** Bring a page's picture to life without a kernel; `packed` is what Python would have sent, gzipped. */
export async function wake(id, packed) {
  const el = document.querySelector(`[data-gdlib="${id}"]:not([data-awake])`);
  el.dataset.awake = "";
  const bytes = Uint8Array.from(atob(packed.split(",")[1]), (character) => character.charCodeAt(0));
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const all = new Uint8Array(await new Response(opened).arrayBuffer());
  let from = 4;
  const next = (length) => {
    from += length;
    return all.subarray(from - length, from);
  };
  const { sizes, ...traits } = JSON.parse(new TextDecoder().decode(next(new DataView(all.buffer).getUint32(0, true))));
  [traits.stack, traits.pictures] = [unpack(next(sizes.shift())), sizes.map(next)];
  const nothing = () => {};
  const model = {
    alone: true,
    get: (key) => traits[key],
    set: nothing,
    on: nothing,
    off: nothing,
    save_changes: nothing,
  };
  render({ model, el });
}

export default { render };
