// What stands on the page: the markup of a figure. Names given by a reader go in as text, never as markup.

export const SHAPES = {
  o: '<circle r="1"/>',
  s: '<path d="M-.9-.9h1.8v1.8h-1.8z"/>',
  "^": '<path d="M0-1.2l1.15 2.1h-2.3z"/>',
  D: '<path d="M0-1.3l1.2 1.3l-1.2 1.3l-1.2-1.3z"/>',
  v: '<path d="M0 1.2l1.15-2.1h-2.3z"/>',
  P: '<path d="M-.4-1.1h.8v.7h.7v.8h-.7v.7h-.8v-.7h-.7v-.8h.7z"/>',
  X: '<path d="M-.7-1.2l.7.7l.7-.7l.5.5l-.7.7l.7.7l-.5.5l-.7-.7l-.7.7l-.5-.5l.7-.7l-.7-.7z"/>',
  "*": '<path d="M0-1.4l.4 .95l1 .1l-.75.7l.2 1l-.85-.5l-.85.5l.2-1l-.75-.7l1-.1z"/>',
};
const DASHES = { "-": "", "--": "7 4", ":": "2 3", "-.": "8 3 2 3" };
const KEYS = 'data-lm-suppress-shortcuts="true"'; // JupyterLab takes keys from elements that don't say this
export const HINT = "Drag the ball, or click where it is to start";

const join = (list, part) => list.map(part).join("");
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const range = (
  key,
  name,
  max,
  { label = `<span>${escaped(name)}</span>`, marks = "" } = {},
) => `<div class="gd-row">${label}
  <span class="gd-track"><input type="range" name="${key}" max="${max}" aria-label="${escaped(name)}" ${KEYS}>${marks}</span>
  <span class="gd-value"></span></div>`;

const button = ([name, sign]) =>
  `<button type="button" aria-label="${name}" title="${name}" ${KEYS}><span data-sign="${sign}"></span></button>`;

const mark = ({ law }, i) =>
  `<span class="gd-limit" style="--row: ${i}" aria-hidden="true"><span>${escaped(law)}</span></span>`;

/** How a run is drawn where it is named: its line and its marker. */
const sample = ({ color, linestyle, marker }) => `<svg class="gd-sample" viewBox="-18 -7 36 14" aria-hidden="true">
  <path d="M-18 0H18" stroke="${color}" stroke-dasharray="${DASHES[linestyle]}"/>
  <g fill="${color}" transform="scale(5)">${SHAPES[marker]}</g></svg>`;

const lines = ({ color, marker, linestyle }, id) => `
  <marker id="${id}" viewBox="-2 -2 4 4" markerWidth="14" markerHeight="14" markerUnits="userSpaceOnUse" fill="${color}"
    stroke="#fff" stroke-width=".2">${SHAPES[marker]}</marker>
  <g class="gd-line" stroke="${color}" stroke-dasharray="${DASHES[linestyle]}"><path class="gd-whole"/><path class="gd-whole gd-dots"/>
    <path class="gd-walked" style="marker: url(#${id})"/><path class="gd-walked gd-dots"/></g>`;

const panel = ({ size, box }, kind, alt, runs, id) => `
  <div class="gd-panel ${kind}" style="--wide: ${size[0]}; --high: ${size[1]}"><img alt="${escaped(alt)}">
    <svg viewBox="0 0 ${size.join(" ")}" aria-hidden="true">
      <svg x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}" viewBox="${box.join(" ")}">
        ${join(runs, (run, i) => lines(run, `${id}m${i}`))}<path class="gd-ruler"/></svg>
      <text class="gd-label" text-anchor="end"></text>
      ${join(runs, ({ color, marker }) => `<g class="gd-ball" fill="${color}">${SHAPES[marker]}<circle class="gd-pin" r=".3"/></g>`)}
      ${join(runs, ({ color }) => `<g class="gd-out" fill="${color}"><path d="M0-6l9 6l-9 6z"/><text></text></g>`)}
      <path class="gd-guide"/><path class="gd-arrow"/><path class="gd-head"/></svg></div>`;

const table = ({
  runs,
  readings,
}) => `<table class="gd-words" style="--numbers: ${readings.length}"><thead><tr><th scope="col">run</th><th scope="col">step</th>
    ${join(readings, (name) => `<th scope="col">${escaped(name)}</th>`)}</tr></thead>${join(
      runs,
      (run) => `<tbody><tr><th scope="row">${sample(run)}<span>${escaped(run.name)}</span></th><td></td>
        ${join(readings, () => "<td></td>")}</tr>
      <tr><td colspan="${readings.length + 2}"><div class="gd-verdict"></div></td></tr></tbody>`,
    )}</table>`;

/** The figure, as HTML. */
export function page(spec, id) {
  const { runs, slider, rates, second, clocks, panels, view, weights, alt } = spec;
  const back = runs.toReversed(); // the first is drawn last, on top
  const known = runs.filter(({ limit }) => limit >= 0);
  const laws = [...new Map(known.map((run) => [run.law, run])).values()]; // one mark a law; the second slider moves it
  const every = Math.max(1, ...runs.map((run) => run.every)); // a button makes a recorded step
  const by = every === 1 ? "One step" : `${every} steps`;
  const buttons = [
    [`${by} back`, `−${every}`],
    ["Play", ""],
    [`${by} forward`, `+${every}`],
  ];
  return `
  <div class="gd-figure gd-${view}" role="group" aria-label="Gradient descent, live">
    <div class="gd-hand">
      ${panel(panels[0], "gd-scene", alt[0], back, `gd${id}s`)}
      <div class="gd-controls" style="--laws: ${laws.length}">
        ${rates ? range("rate", slider, rates.length - 1, { marks: join(laws, mark) }) : ""}
        ${second.name ? range("second", second.name, second.values.length - 1) : ""}
        ${range("tick", "Step", 1, { label: `<span class="gd-buttons">${join(buttons, button)}</span>` })}
        <div class="gd-starts">${join(weights, (name, d) => range(d, `Start ${name}`, Math.round(panels[0].box[2 + d])))}</div>
      </div>
    </div>
    <div class="gd-look">
      ${panel(panels[1], "gd-chart", alt[1], back, `gd${id}c`)}
      ${panels[2] ? panel(panels[2], "gd-data", alt[2], back, `gd${id}d`) : ""}
      <div class="gd-row gd-clock" ${clocks.length < 2 ? "hidden" : ""}><span>Count in</span>
        <select name="clock" aria-label="Count in" ${KEYS}>
          ${join(clocks, ({ name }, i) => `<option value="${i}">${name}</option>`)}</select></div>
      ${table(spec)}
    </div>
    <p class="gd-note"></p><p class="gd-hidden" role="status"></p></div>`;
}
