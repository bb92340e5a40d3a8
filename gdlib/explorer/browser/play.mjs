// Lets time run: a moment after the other, smoothly where the reader wants motion.

const SECONDS = 12; // a run takes about so long
const SLOWEST = 3; // moments a second
const CALM = 2; // moments a second where less motion is wanted

/** `go(place)` is told where the time is, in moments and parts of them; `stop()` once, when it ends. */
export class Player {
  #frame = 0;

  constructor(go, stop) {
    Object.assign(this, { go, stop });
  }

  get playing() {
    return this.#frame !== 0;
  }

  start(from, last) {
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pace = smooth ? Math.max(SLOWEST, last / SECONDS) : CALM;
    let [exact, before] = [from >= last ? 0 : from, performance.now()];
    const beat = (moment) => {
      exact += Math.min(Math.max(moment - before, 0), 100) * 0.001 * pace; // a hidden tab stands still
      before = moment;
      this.#frame = requestAnimationFrame(beat);
      this.go(Math.min(smooth ? exact : Math.floor(exact), last));
      if (exact >= last) this.pause();
    };
    this.#frame = requestAnimationFrame(beat);
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.stop();
  }
}
