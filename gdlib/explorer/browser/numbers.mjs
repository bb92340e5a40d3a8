// The numbers of a figure, as packed.py sends them, and how they are said.

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** A number as one reads it: three digits and a true minus. */
export function say(value) {
  const size = Math.abs(value);
  const text = size >= 1e5 || (size && size < 1e-3) ? value.toExponential(2) : String(+value.toPrecision(3));
  return Number.isFinite(value) ? text.replaceAll("-", "−") : "out";
}

/** What Python packed: a line of JSON, then the array, gzipped and in base64. */
export async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const all = new Uint8Array(await new Response(opened).arrayBuffer());
  const cut = all.indexOf(10);
  return { ...JSON.parse(new TextDecoder().decode(all.subarray(0, cut))), array: floats(all.slice(cut + 1)) };
}

/** Bytes, wherever they lie, as float32. */
export function floats(bytes) {
  const { buffer, byteOffset, byteLength } = bytes;
  return new Float32Array(
    (buffer ?? bytes).slice(byteOffset ?? 0, (byteOffset ?? 0) + (byteLength ?? bytes.byteLength)),
  );
}

/** The columns of the array; packed.py says what each holds. */
export class Numbers {
  constructor({ offsets, moving, runs, rates, track }, array) {
    Object.assign(this, { offsets, moving, runs, rateCount: rates?.length ?? 1, track, array });
  }

  has(name) {
    return name in this.offsets;
  }

  /** A column of one run at one rate, which is given by its index among all. */
  row(r, name, rate) {
    const { sent } = this.runs[r];
    const from = this.offsets[`${r}.${name}`] + rate * sent;
    return this.array.subarray(from, from + sent);
  }

  /** A column that is the same for every rate. */
  column(name, length) {
    return this.array.subarray(this.offsets[name], this.offsets[name] + length);
  }

  /** Take in the rows of one rate, or of all where `rate` is null. */
  take(bytes, rate) {
    const news = floats(bytes);
    let from = 0;
    for (const name of this.moving) {
      const { sent } = this.runs[name.split(".", 1)[0]];
      const length = rate === null ? sent * this.rateCount : sent;
      this.array.set(news.subarray(from, from + length), this.offsets[name] + (rate ?? 0) * sent);
      from += length;
    }
  }
}
