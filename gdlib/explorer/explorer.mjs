// Python computed every path and Matplotlib drew what stays; this picks, and draws what moves.
// In a notebook anywidget calls `render`; in a page without a kernel `wake` does, over the same arrays.

const KEYS = 'data-lm-suppress-shortcuts="true"'; // JupyterLab takes keys from elements that don't say this
const SHAPES = {
  o: '<circle r="1"/>',
  s: '<path d="M-.9-.9h1.8v1.8h-1.8z"/>',
  "^": '<path d="M0-1.3l1.1 2h-2.2z"/>',
  ball: '<circle r="1" stroke="#1f2933"/><path d="M0 0v-.9a.9 .9 0 0 1 .9 .9zM0 0v.9a.9 .9 0 0 1-.9-.9z" fill="#fffd"/>',
};
const DASHES = { "-": "", "--": "7 4", ":": "2 3" };
const BUTTONS = { "One step back": "−1", Play: "", "One step forward": "+1" };
const GRIP = '<div class="gd-grip" title="Drag the ball to a new start"></div>';
const ORANGE = "#e69f00";
globalThis.gdlib_pages ??= 0; // without a kernel each figure of a page brings a module of its own
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const join = (list, part) => list.map(part).join("");

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

/** The point of a curve at pixel x: its height, its direction, and the pixels rolled to it. */
export function touch(heights, rolled, { first, gap }, x) {
  const i = clamp(Math.floor((x - first) / gap), 0, heights.length - 2);
  const [part, rise] = [(x - first) / gap - i, heights[i + 1] - heights[i]];
  const length = Math.hypot(gap, rise);
  return { x, y: heights[i] + part * rise, tx: gap / length, ty: rise / length, rolled: rolled[i] + part * length };
}

/** "x,y x,y ..." of points 0, ..., last; NaN ends them. */
function points(x, y, last) {
  const all = [];
  for (let i = 0; i <= last && !Number.isNaN(x[i] + y[i]); i++) all.push(`${x[i]},${y[i]}`);
  return all.join(" ");
}

const range = (key, name, max, label = `<span>${name}</span>`) => `<div class="gd-row">${label}
  <span class="gd-track"><input type="range" name="${key}" max="${max}" aria-label="${name}" ${KEYS}>
  ${key === "learning_rate" ? '<span class="gd-limit" aria-hidden="true"></span>' : ""}</span>
  <span class="gd-value"></span></div>`;

const lines = ({ color, marker, linestyle }, id, head) => `
  <marker id="${id}" viewBox="-2 -2 4 4" markerWidth="15" markerHeight="15" markerUnits="userSpaceOnUse" fill="${color}"
    stroke="#fff" stroke-width=".4">${SHAPES[marker]}</marker>
  <g class="gd-line" stroke="${color}" stroke-dasharray="${DASHES[linestyle]}"><polyline/>
    <polyline style="marker: url(#${id})"/><path class="gd-tangent"/><path class="gd-guide"/>
    <path class="gd-step" marker-end="url(#${head})"/></g>`;

const panel = ({ size, box }, alt, runs, id, ball, grip = "") => `
  <div class="gd-panel" style="aspect-ratio: ${size.join("/")}; --wide: ${size[0]}"><img alt="${alt}">
    <svg viewBox="0 0 ${size.join(" ")}" aria-hidden="true">
      <marker id="${id}head" viewBox="-12 -7 14 14" refX="-2" markerWidth="14" markerHeight="14" orient="auto"
        markerUnits="userSpaceOnUse"><path d="M0 0l-11 6v-12z" fill="${ORANGE}"/></marker>
      <svg x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}" viewBox="${box.join(" ")}">
        ${join(runs, (run, i) => lines(run, `${id}m${i}`, `${id}head`))}</svg>
      ${join(runs, ({ color, marker }) => `<g class="gd-ball" fill="${runs.length > 1 ? color : ORANGE}">${SHAPES[ball ?? marker]}</g>`)}
    </svg>${grip}</div>`;

const page = ({ panels, runs, rates, second, clocks, curve, starts }, id, back = runs.toReversed()) => `
  <div class="gd" role="group" aria-label="Gradient descent, live">
    <div class="gd-panels ${curve ? "gd-curve" : ""}">
      ${panel(panels[0], "Loss over the weights", back, `gd${id}scene`, curve && "ball", GRIP)}
      ${panel(panels[1], "Loss, step by step", back, `gd${id}chart`)}</div>
    <div class="gd-words">${join(
      runs,
      ({ name, color, marker }) => `<p><span class="gd-run" style="--color: ${color}" data-marker="${marker}">
      ${name}</span><span class="gd-numbers"></span><strong></strong></p>`,
    )}</div>
    <div class="gd-controls">
      ${range("learning_rate", "Learning rate", rates.length - 1)}
      ${second.name ? range("second", second.name, second.values.length - 1) : ""}
      ${range("tick", "Step", 1, `<span class="gd-buttons">${join(Object.entries(BUTTONS), ([name, sign]) => `<button type="button" aria-label="${name}" title="${name}" ${KEYS}><span>${sign}</span></button>`)}</span>`)}
      <div class="gd-row" ${clocks.length < 2 ? "hidden" : ""}><span>Count in</span>
        <select name="count_in" aria-label="Count in" ${KEYS}>
          ${join(clocks, ({ name }, i) => `<option value="${i}">${name}</option>`)}</select></div>
      <div class="gd-controls gd-starts">
        ${join(starts, (name, d) => range(d, `Start ${name}`, Math.round(panels[0].box[2 + d])))}</div>
      <p class="gd-note">The start is fixed here: to drag the ball, run the notebook, so that Python can compute
        new paths.</p></div>
    <p class="gd-hidden" role="status"></p></div>`;

export function render({ model, el }) {
  const spec = model.get("spec");
  const { runs, rates, second, clocks, readings, curve, at } = spec;
  const places = { learning_rate: rates, second: second.values, count_in: clocks.map(({ name }) => name) };
  const now = { learning_rate: 0, second: 0, count_in: 0, tick: 0 }; // chosen places; a tick is a step of the clock
  const starts = readings.slice(0, model.get("start").length);
  let stack, held, wanted; // held: where the hand has the ball; wanted: the start to ask for next
  let [frame, playing, speaking, telling, asking] = [0, 0, 0, 0, false];

  el.innerHTML = page({ ...spec, starts }, ++globalThis.gdlib_pages);
  const root = el.firstElementChild;
  const find = (selector) => [...root.querySelectorAll(selector)];
  const fields = Object.fromEntries(find("input, select").map((field) => [field.name, field]));
  const [[back, play, on], [limit], [status], [grip], rows] = [
    "button",
    ".gd-limit",
    "[role=status]",
    ".gd-grip",
    ".gd-words p",
  ].map(find);
  const [scene, chart] = find(".gd-panel").map((area, i) => {
    const [paths, balls] = [".gd-line", ".gd-ball"].map((part) => [...area.querySelectorAll(part)].reverse());
    return { area, img: area.firstElementChild, paths, balls, ...spec.panels[i] };
  });
  const [left, top, wide, high] = scene.box;
  scene.img.src = model.get("pictures")[0];

  // -- the paths: one array, and where in it each column of each run begins
  const part = (name, length, i) => stack.subarray(at[name] + i * length, at[name] + (i + 1) * length);
  const column = (r, name, i = now.learning_rate) => part(`${r}.${name}`, runs[r].points, i);
  const clock = () => clocks[now.count_in];
  const times = (r, name = clock().name) => column(r, `${name}.times`, 0);
  const seen = () => [...runs.keys()].filter((r) => [null, now.second].includes(runs[r].choice));
  const time = () => (now.tick * clock().top) / clock().ticks;
  const stepOf = (r) => locate(times(r), column(r, "x"), time());
  const made = (r) => times(r, "updates")[stepOf(r)];
  const begun = () => ["x", "y"].map((name) => column(seen()[0], name)[0]);

  function receive() {
    const raw = model.get("stack");
    stack = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
    show();
  }

  // -- drawing
  function draw() {
    frame = 0;
    for (const nodes of [rows, scene.paths, scene.balls, chart.paths, chart.balls])
      for (const [r, node] of nodes.entries()) node.toggleAttribute("hidden", !seen().includes(r));
    seen().forEach(drawRun);
    write();
  }

  function put(ball, box, x, y, size, angle = 0) {
    const [nearX, nearY] = [clamp(x, box[0], box[0] + box[2]), clamp(y, box[1], box[1] + box[3])];
    ball.setAttribute("transform", `translate(${nearX} ${nearY}) rotate(${angle}) scale(${size})`);
    return Math.hypot(x - nearX, y - nearY) > 2 * size; // it is out of the picture, and waits at the edge
  }

  function drawRun(r, i) {
    const [x, y, height] = ["x", "y", "height"].map((name) => column(r, name));
    const [step, clocked, across] = [stepOf(r), times(r), column(r, `${clock().name}.across`, 0)];
    const next = x[step + 1] + y[step + 1]; // NaN after the last
    const late =
      next && !now.count_in ? clamp((time() - clocked[step]) / (clocked[step + 1] - clocked[step]), 0, 1) : 0;
    const glide = late * late * (3 - 2 * late); // between two steps, while it plays
    const [ballX, ballY] = held ?? [x, y].map((z) => z[step] + (glide && glide * (z[step + 1] - z[step])));
    const track = curve && [0, 1].map((row) => part("curve", curve.points, row));
    const { tx, ty, ...spot } = curve ? touch(...track, curve, ballX) : { tx: 0, ty: 0, x: ballX, y: ballY, rolled: 0 };
    const [whole, walked, tangent, guide, arrow] = scene.paths[r].children;
    whole.setAttribute("points", points(x, y, x.length));
    walked.setAttribute("points", held ? "" : points(x, y, step));
    chart.paths[r].children[0].setAttribute("points", points(across, height, x.length));
    chart.paths[r].children[1].setAttribute("points", points(across, height, step));
    const toY = curve ? y[step] : y[step + 1];
    const far = Math.hypot(x[step + 1] - x[step], toY - y[step]) > 24; // else the ball hides it
    const ahead = far && !i && !glide && !held && (curve || runs.length === 1);
    if (curve && !i) tangent.setAttribute("d", `M${spot.x - 80 * tx} ${spot.y - 80 * ty}l${160 * tx} ${160 * ty}`);
    arrow.setAttribute("d", ahead ? `M${x[step]} ${y[step]}L${x[step + 1]} ${toY}` : "");
    guide.setAttribute("d", ahead && curve ? `M${x[step + 1]} ${toY}V${y[step + 1]}` : "");
    const size = curve ? 14 : 9;
    put(chart.balls[r], chart.box, across[step], height[step], 6);
    const lying = curve ? [spot.x + ty * size, spot.y - tx * size] : [spot.x, spot.y];
    const out = put(scene.balls[r], scene.box, ...lying, size, ((180 / Math.PI) * spot.rolled) / size);
    scene.balls[r].toggleAttribute("hidden", i > 0 && !!held); // one ball is enough in the hand
    if (i) return;
    grip.hidden = out;
    grip.style.translate = lying.map((z) => `${(100 * z) / scene.size[0]}cqw`).join(" ");
  }

  // -- readings
  function tell(key, text) {
    fields[key].setAttribute("aria-valuetext", text);
    fields[key].parentElement.nextElementSibling.textContent = text;
  }

  function write() {
    const spoken = seen().map((r) => {
      const [name, numbers, verdict] = rows[r].children;
      const told = readings.map((reading) => `${reading} ${say(column(r, reading)[stepOf(r)])}`);
      numbers.textContent = [`step ${made(r)}`, ...told].join(" · ");
      verdict.textContent = model.get("said")[r][now.learning_rate];
      return `${name.textContent.trim()}, ${numbers.textContent}, ${verdict.textContent}`;
    });
    const { limit: share, law } = runs[second.name ? seen().at(-1) : 0];
    limit.textContent = law;
    limit.hidden = share < 0;
    limit.style.setProperty("--at", share);
    tell("learning_rate", say(rates[now.learning_rate]));
    tell("tick", `${say(time())} of ${say(clock().top)} ${clock().name}`);
    if (second.name) tell("second", say(second.values[now.second]));
    starts.forEach((start, d) => void tell(d, say(Math.round(1e6 * column(seen()[0], start)[0]) / 1e6)));
    clearTimeout(speaking); // a reader is told when the hand rests, not at every pixel
    const words = [`Learning rate ${say(rates[now.learning_rate])}`, ...spoken].join(". ");
    speaking = setTimeout(() => (status.textContent = words), 500);
  }

  // -- what was chosen goes to Python when the hand lets go, and comes from there while it rests
  function choose() {
    clearTimeout(telling);
    telling = setTimeout(() => {
      for (const [name, values] of Object.entries(places)) model.set(name, values[now[name]]);
      model.set("step", made(seen()[0]));
      model.save_changes();
      telling = 0;
    }, 200);
  }

  function follow() {
    if (telling) return;
    for (const [name, values] of Object.entries(places)) now[name] = Math.max(0, values.indexOf(model.get(name)));
    const [r] = seen();
    if (made(r) !== model.get("step")) {
      const i = locate(times(r, "updates"), column(r, "x"), model.get("step"));
      now.tick = Math.ceil((times(r)[i] * clock().ticks) / clock().top - 0.01);
    }
    show();
  }

  function show() {
    for (const name of Object.keys(places)) if (fields[name]) fields[name].value = now[name];
    const [x, y] = begun();
    if (!asking) for (const d of starts.keys()) fields[d].value = d ? top + high - y : x - left; // else the hand leads
    fields.tick.max = clock().ticks;
    chart.img.src = model.get("pictures")[1 + now.count_in];
    moveTo(now.tick);
  }

  function moveTo(tick) {
    now.tick = clamp(tick, 0, clock().ticks);
    fields.tick.value = Math.floor(now.tick);
    frame ||= requestAnimationFrame(draw);
  }

  // -- playing
  function pause() {
    if (playing) now.tick = Math.round(now.tick);
    playing = cancelAnimationFrame(playing);
    play.ariaPressed = false;
  }

  function start() {
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pace = smooth ? Math.max(3, clock().ticks / 12) : 2; // ticks a second
    let [exact, last] = [now.tick >= clock().ticks ? 0 : now.tick, performance.now()];
    const beat = (moment) => {
      exact += clamp((moment - last) / 1000, 0, 0.1) * pace; // a hidden tab stands still
      last = moment;
      playing = requestAnimationFrame(beat);
      moveTo(smooth ? exact : Math.floor(exact));
      if (exact < clock().ticks) return;
      pause();
      choose();
    };
    play.ariaPressed = true;
    playing = requestAnimationFrame(beat);
  }

  // -- a new start: at most one request is on its way; the newest waits, the others are forgotten
  function ask(point) {
    wanted = point;
    pause();
    moveTo(0);
    if (asking || !wanted) return;
    model.send({ start: wanted });
    [asking, wanted] = [true, null];
  }

  function replied() {
    asking = false;
    if (wanted) ask(wanted);
    else if (!grip.onpointermove) held = null;
    show();
  }

  function drag(event) {
    const area = scene.area.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top].map((p) => (p * scene.size[0]) / area.width);
    held = [clamp(x, left, left + wide), clamp(y, top, top + high)];
    ask(held);
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
    choose();
    show();
  };
  const move = (by) => {
    pause(); // first: it puts the ball on a whole step
    moveTo(now.tick + by);
  };
  back.onclick = () => move(-1);
  on.onclick = () => move(1);
  play.onclick = () => (playing ? pause() : start());
  root.oninput = ({ target: { name, value } }) => {
    if (name === "tick") {
      pause();
      moveTo(+value);
    } else if (name in places) {
      const { ticks } = clock();
      now[name] = +value;
      now.tick *= clock().ticks / ticks;
      show();
    } else ask(Object.assign(begun(), { [name]: +name ? top + high - value : left + +value }));
  };
  root.onchange = root.onclick = choose;

  // -- life
  const alone = () => root.classList.add("gd-alone");
  const heard = { "change:stack": receive, "msg:custom": replied, comm_live_update: alone };
  for (const name of [...Object.keys(places), "step"]) heard[`change:${name}`] = follow;
  for (const [event, answer] of Object.entries(heard)) model.on(event, answer);
  pause();
  receive();
  follow();
  if (model.alone) alone();
  return () => {
    for (const [event, answer] of Object.entries(heard)) model.off(event, answer);
    pause();
    cancelAnimationFrame(frame);
    clearTimeout(speaking);
    clearTimeout(telling);
  };
}

/** Bring a page's picture to life without a kernel; `packed` is what Python would have sent, gzipped. */
export async function wake(packed) {
  const el = document.querySelector("[data-gdlib]:not([data-awake])");
  el.dataset.awake = "";
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const all = new Uint8Array(await new Response(opened).arrayBuffer());
  const cut = all.indexOf(10);
  const traits = JSON.parse(new TextDecoder().decode(all.subarray(0, cut)));
  traits.stack = new DataView(all.buffer.slice(cut + 1));
  const nothing = () => {};
  render({ model: { alone: true, get: (key) => traits[key], set: nothing, on: nothing, save_changes: nothing }, el });
}

export default { render };
