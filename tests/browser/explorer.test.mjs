// The explorer's arithmetic, without a page: `node --test tests/browser/`
import assert from "node:assert/strict";
import test from "node:test";
import { locate, say, touch } from "../../gdlib/explorer/explorer.mjs";

test("numbers are said with three digits and a true minus", () => {
  assert.deepEqual([0, -1.2345, 123456, 0.000123, 40].map(say), ["0", "−1.23", "1.23e+5", "1.23e−4", "40"]);
  assert.equal(say(Number.POSITIVE_INFINITY), "out of range");
});

test("a path is as far as its clock says, and ends where it is no longer a number", () => {
  const times = [0, 0.5, 1, 1.5];
  assert.deepEqual(
    [0, 0.4, 0.5, 1.49, 9].map((now) => locate(times, [1, 1, 1, 1], now)),
    [0, 0, 1, 2, 3],
  );
  assert.equal(locate(times, [1, 1, Number.NaN, Number.NaN], 9), 1);
  assert.equal(locate([0, 1, Number.NaN], [1, 1, 1], 9), 1);
});

test("the ball touches a curve between its points, and beyond them along its end", () => {
  const [heights, rolled] = [new Float32Array([0, 4, 8]), new Float32Array([0, 5, 10])];
  const track = { first: 0, gap: 3 };
  assert.deepEqual(touch(heights, rolled, track, 4.5), { x: 4.5, y: 6, tx: 0.6, ty: 0.8, rolled: 7.5 });
  assert.equal(touch(heights, rolled, track, 9).rolled, 15);
});
