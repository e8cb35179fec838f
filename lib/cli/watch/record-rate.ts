/** How far back the rate looks: Bedrock's counters move in steps, of which this holds some. */
const windowMs = 10 * 60_000;

/** How many records a minute Bedrock answers, by its own counters over the last ten minutes. */
export function recordRate() {
  let samples: { processed: number; atMs: number }[] = [];
  return {
    add(processed: number, atMs: number): void {
      samples.push({ processed, atMs });
      // The last one from before the window stays, or a pause that is longer than it would leave nothing to compare with.
      const inside = samples.findIndex((sample) => sample.atMs >= atMs - windowMs);
      samples = samples.slice(Math.max(0, inside - 1));
    },
    /** Undefined until something was counted. */
    perMinute(): number | undefined {
      const [first, last] = [samples[0], samples.at(-1)];
      if (first === undefined || last === undefined) return undefined;
      const [records, ms] = [last.processed - first.processed, last.atMs - first.atMs];
      return records > 0 && ms > 0 ? (records * 60_000) / ms : undefined;
    },
  };
}
