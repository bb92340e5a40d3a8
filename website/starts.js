// A ball let go elsewhere, with no kernel: the nearest of the starts whose paths came along with the page.
(() => {
  const NEAR = 8; // pixels from where the figure first started: there it starts again

  /** Take what starts.py packed, to answer a figure as a kernel would. */
  async function bring(figure, bytes) {
    const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const all = new Uint8Array(await new Response(opened).arrayBuffer());
    const cut = all.indexOf(10);
    const { places, gaps, said } = JSON.parse(new TextDecoder().decode(all.subarray(0, cut)));
    const array = new Float32Array(all.slice(cut + 1).buffer);
    figure.join(new Starts(figure, places, gaps, said, array));
  }

  /** What a figure talks to. Rates between those that came along are left out by the slider's own step. */
  class Starts {
    moved = false; // from where the figure first started
    place; // where it starts, in pixels
    #shifted = ""; // where the rate went, if it had to
    #answer;

    constructor(figure, places, gaps, said, array) {
      const { numbers, spec } = figure;
      const size = array.length / said.length;
      const columns = numbers.moving.map((name) => [name, spec.runs[name.split(".", 1)[0]].sent]);
      const whole = columns.reduce((sum, [, sent]) => sum + sent * numbers.rateCount, 0);
      const start = (from, count) => {
        const at = columns.findIndex(([name]) => name === `${figure.seen()[0]}.x`);
        const before = columns.slice(0, at).reduce((sum, [, sent]) => sum + sent * count, 0);
        const [, sent] = columns[at];
        return [from[before], from[before + sent * count]];
      };
      const own = { array: numbers.array.slice(0, whole), said: figure.said.map((each) => [...each]) };
      own.place = start(own.array, numbers.rateCount);
      Object.assign(this, { figure, places, gaps, said, columns, whole, own });
      this.starts = said.map((_, i) => array.subarray(i * size, (i + 1) * size));
      this.spots = this.starts.map((each) => start(each, places.length));
      const dots = this.spots.map(([x, y]) => `M${x} ${y}h0`).join("");
      figure.scene.guide.insertAdjacentHTML("beforebegin", `<path class="gd-spots" d="${dots}"/>`);
      this.#answer = own;
      const [left, top, , high] = spec.panels[0].box;
      figure.starts.forEach((field, d) => {
        const spot = this.spots[0][d];
        field.setAttribute("value", (d ? top + high - spot : spot - left) % gaps[d]); // what steps count from
        field.step = gaps[d];
      });
    }

    get(name) {
      const { choices, now } = this.figure;
      if (name in choices) return choices[name][1][now[choices[name][0]]];
      if (name === "step") return this.figure.made(this.figure.seen()[0]);
      return `${this.#shifted}This page holds the paths from ${this.starts.length} starts: the ball takes the nearest, and at these the rate has ${this.places.length} places. To start anywhere, run the notebook.`;
    }

    send({ rate, at }) {
      if (at) this.#answer = this.#nearest(at);
      this.figure.root.classList.toggle("gd-held", rate !== null); // till the hand rests
      const { array, said } = this.#answer;
      this.figure.heard["msg:custom"]({ rate: null, said }, [array]);
    }

    #nearest(at) {
      const away = ([x, y]) => Math.hypot(x - at[0], y - at[1]);
      this.moved = away(this.own.place) > NEAR;
      const field = this.figure.fields.rate;
      if (field) {
        field.setAttribute("value", this.moved ? this.places[0] : 0);
        field.step = this.moved ? (this.places[1] ?? 1) - this.places[0] : 1;
        const { now, spec } = this.figure;
        if (+field.value !== now.rate) {
          now.rate = +field.value;
          this.#shifted = `Rate moved to ${+spec.rates[now.rate].toPrecision(3)}, the nearest held. `;
        }
      }
      if (!this.moved) return this.own;
      const i = this.spots.reduce((best, spot, each) => (away(spot) < away(this.spots[best]) ? each : best), 0);
      this.place = this.spots[i];
      return this.#filled(this.starts[i], this.said[i]);
    }

    /** A row for every rate; where none came along, that of a neighbour, which the slider leaves out. */
    #filled(few, said) {
      const { places, columns, whole, figure } = this;
      const stride = (places[1] ?? 1) - places[0];
      const row = (rate) => Math.min(Math.max(Math.round((rate - places[0]) / stride), 0), places.length - 1);
      const rates = [...Array(figure.numbers.rateCount).keys()];
      const array = new Float32Array(whole);
      let [from, to] = [0, 0];
      for (const [, sent] of columns) {
        for (const rate of rates) {
          const first = from + row(rate) * sent;
          array.set(few.subarray(first, first + sent), to);
          to += sent;
        }
        from += sent * places.length;
      }
      return { array, said: said.map((each) => rates.map((rate) => each[row(rate)])) };
    }

    // what a kernel's model has, too; nothing comes of it here
    on() {}
    off() {}
    set() {}
    save_changes() {}
  }

  for (const packed of document.querySelectorAll("script[data-starts]")) {
    const bytes = Uint8Array.from(atob(packed.textContent), (character) => character.charCodeAt(0));
    for (const root of document.querySelectorAll(`.gd[data-key="${packed.dataset.starts}"]`)) {
      const wait = () => (root.gdlib ? bring(root.gdlib, bytes) : requestAnimationFrame(wait)); // it is being unpacked
      wait();
    }
  }
})();
