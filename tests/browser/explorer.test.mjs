// Run by node --test: the parts of the explorer that need no browser.
import assert from "node:assert/strict";
import test from "node:test";
import { arrow, trace, views, within } from "../../gdlib/explorer/browser/draw.mjs";
import { Numbers, say } from "../../gdlib/explorer/browser/numbers.mjs";
import { page } from "../../gdlib/explorer/browser/page.mjs";
import { touch } from "../../gdlib/explorer/browser/view_curve.mjs";
import { height } from "../../gdlib/explorer/browser/view_fit.mjs";
import "../../gdlib/explorer/browser/view_map.mjs";

test("a number is said with three digits and a true minus", () => {
  assert.deepEqual([0, -1.2345, 100000, 12345, 0.00012, -4e-7].map(say), [
    "0",
    "−1.23",
    "1.00e+5",
    "12300",
    "1.20e−4",
    "−4.00e−7",
  ]);
  assert.equal(say(Number.NaN), "out");
  assert.equal(say(Number.POSITIVE_INFINITY), "out");
});

test("a path joins steps that follow one another, and leaves a dot alone where steps are left out", () => {
  assert.deepEqual(trace([0, 1, 2], [5, 6, 7], [0, 1, 2], 2), ["M0 5L1 6L2 7", ""]);
  assert.deepEqual(trace([0, 1, 2, 3], [5, 6, 7, 8], [0, 1, 4, 9], 3), ["M0 5L1 6M2 7M3 8", "M2 7h0M3 8h0"]);
  assert.deepEqual(trace([0, 1, 2], [5, 6, 7], [0, 30, 60], 2, 30), ["M0 5L1 6L2 7", ""]); // recorded every 30 steps
  assert.deepEqual(trace([0, Number.NaN], [5, Number.NaN], [0, 1], 1), ["M0 5", ""]); // it ends where it is lost
  assert.deepEqual(trace([], [], [], -1), ["", ""]);
  const away = trace([0, 1e6, -1e6, 5], [0, 0, 0, 0], [0, 1, 2, 3], 3)[0]; // far away it is cut, and comes back
  assert.equal(away, "M0 0L1500 0M-1495 0L5 0");
});

test("an arrow begins on its point, and its head ends on the next", () => {
  const [shaft, head] = arrow(0, 0, 100, 0);
  assert.match(shaft, /^M0 0L89 0$/);
  assert.match(head, /^M100 0L/);
  assert.deepEqual(arrow(3, 3, 3, 3), ["", ""]);
});

test("an arrow to a point that is out of the picture ends at the frame", () => {
  const box = [10, 0, 100, 50];
  assert.deepEqual(within(box, [20, 10], [60, 40]), [60, 40]);
  assert.deepEqual(within(box, [20, 10], [20, 90]), [20, 50]);
  assert.deepEqual(within(box, [20, 10], [-20, 50]), [10, 20]);
  assert.deepEqual(within(box, [112, 10], [300, 10]), [112, 10]); // a ball on the frame, and outwards: no arrow
  const drawn = [];
  const panel = { box, pointTo: ([, head], guide = "") => drawn.push([head.split("L")[0], guide]) };
  views.map.next(panel, [60, 10], [60, 1e9]);
  views.curve.next(panel, [60, 10], [300, 90]);
  views.curve.next(panel, [60, 10], [80, 90]);
  assert.deepEqual(drawn, [
    ["M60 50", ""],
    ["M110 10", ""],
    ["M80 10", "M80 10V50"],
  ]);
});

test("the point of a curve is on it, and what is rolled is its length", () => {
  const [heights, rolled] = [
    [0, 3, 3],
    [0, 5, 9],
  ];
  const spot = touch(heights, rolled, { first: 10, gap: 4 }, 12);
  assert.deepEqual([spot.x, spot.y, spot.rolled], [12, 1.5, 2.5]);
  assert.equal(Math.hypot(spot.tx, spot.ty), 1);
});

test("a line is straight, and squashed it is the logistic curve between 0 and 1", () => {
  assert.equal(height([10, 30], 0.25, null), 15);
  const [zero, one] = [200, 100];
  for (const score of [-3, 0, 0.5, 40, -1e7]) {
    const y = zero + score * (one - zero);
    const p = 1 / (1 + Math.exp(-score));
    assert.ok(Math.abs(height([y, y], 0.5, [zero, one]) - (zero + p * (one - zero))) < 1e-9);
  }
});

test("the rows of one rate are taken in and nothing else is changed", () => {
  const spec = {
    offsets: { "0.x": 0, "0.y": 4, "0.steps": 8 },
    moving: ["0.x", "0.y"],
    runs: [{ sent: 2 }],
    rates: [0.1, 0.2],
  };
  const numbers = new Numbers(spec, Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 0, 1]));
  numbers.take(Float32Array.from([30, 40, 70, 80]).buffer, 1);
  assert.deepEqual([...numbers.array], [1, 2, 30, 40, 5, 6, 70, 80, 0, 1]);
  assert.deepEqual([...numbers.row(0, "y", 1)], [70, 80]);
});

test("names are text, never markup", () => {
  const look = { color: "#000", linestyle: "-", marker: "o", limit: -1, law: "2/L" };
  const panel = { size: [10, 10], box: [0, 0, 10, 10] };
  const name = `<img src=x onerror=alert(1)>"'&`;
  const html = page(
    {
      runs: [{ name, ...look }],
      rates: null,
      second: { name, values: [0, 1] },
      clocks: [{ name: "steps" }],
      panels: [panel, panel],
      view: "map",
      alt: ["a map", "a chart"],
      weights: ["w"],
      readings: ["w", name],
    },
    1,
  );
  assert.ok(!html.includes("<img src=x"));
  assert.ok(html.includes("&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;"));
});

test("the first slider has the name that it is given", () => {
  const panel = { size: [10, 10], box: [0, 0, 10, 10] };
  const html = page(
    {
      runs: [],
      slider: "Own rate <×>",
      rates: [1, 2],
      second: { name: null, values: [0, 1] },
      clocks: [{ name: "steps" }],
      panels: [panel, panel],
      view: "map",
      alt: ["a map", "a chart"],
      weights: [],
      readings: [],
    },
    1,
  );
  assert.ok(html.includes('name="rate" max="1" aria-label="Own rate &#60;×&#62;"'));
  assert.ok(html.includes("<span>Own rate &#60;×&#62;</span>") && !html.includes("Learning rate"));
});
