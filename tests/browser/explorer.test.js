// The explorer's arithmetic, without a page: `node --test tests/browser/`
import assert from "node:assert/strict";
import test from "node:test";
import { locate, nearest, say, touch, unpack } from "../../gdlib/explorer/explorer.js";

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

test("the nearest value wins", () => {
  assert.deepEqual(
    [-5, 1.4, 1.6, 99].map((value) => nearest([0, 1, 2], value)),
    [0, 1, 2, 2],
  );
});

test("the ball touches a curve between its points, and beyond them along its end", () => {
  const points = new Float32Array([0, 0, 3, 4, 6, 8]);
  assert.deepEqual(touch(points, 5, 4.5), { x: 4.5, y: 6, tx: 0.6, ty: 0.8, s: 7.5 });
  assert.equal(touch(points, 5, 9).s, 15);
});

test("packed numbers come back", () => {
  const numbers = new Float32Array([1.5, -2.25, Number.NaN, 0, 3e8]);
  const bits = new Int32Array(numbers.buffer);
  const bytes = new Uint8Array(20);
  bits.forEach((bit, i) => {
    for (let b = 0; b < 4; b++) bytes[b * 5 + i] = (bit - (bits[i - 1] ?? 0)) >> (8 * b);
  });
  assert.deepEqual(new Float32Array(unpack(bytes).buffer), numbers);
});
