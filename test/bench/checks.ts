import { type ColdStart, coldStartLimits } from './cold-starts.ts';
import type { Measurement } from './measure-step.ts';
import type { MeasuredStep } from './step.ts';

/** Something that has to hold, and whether it does. */
export interface Check {
  what: string;
  holds: boolean;
}

/**
 * Requests that a step may make beyond the least, whatever its size: for the run, the job, the plan, and empty places.
 */
const furtherCalls = 24;

/** Memory above that of an idle process, in MiB; and how much of it ten times the work may take. */
export const memoryLimits = { peakMib: 256, growth: 1.2 };

/** What an item may take more than one of a tenth as many: a measurement is off by as much. */
const flatness = 1.2;

/** Whether a step asks for no more than it needs: the same at every size but for a constant. */
export function callChecks({ name, size, calls, leastCalls }: Measurement): Check[] {
  return [...new Set([...Object.keys(calls), ...Object.keys(leastCalls)])].map((call) => {
    const [found, least] = [calls[call] ?? 0, leastCalls[call] ?? 0];
    const what = `${name} of ${size}: ${found} ${call}, at least ${least} and ${furtherCalls} more at most`;
    return { what, holds: found >= least && found <= least + furtherCalls };
  });
}

/** Whether the largest size of a step keeps its limits of time and memory. */
export function limitChecks({ limit }: MeasuredStep, measurements: readonly Measurement[]): Check[] {
  const [smaller, largest] = measurements.slice(-2);
  if (largest === undefined) return [];
  const { name, size, step, floor, peakMib } = largest;
  const checks = [atMost(`${name} of ${size}: peak memory in MiB`, peakMib, memoryLimits.peakMib)];
  for (const time of ['wallMs', 'cpuMs'] as const) {
    if (limit === undefined) continue;
    checks.push(atMost(`${name} of ${size}: ${time} as a multiple of its floor`, step[time] / floor[time], limit));
  }
  if (smaller !== undefined) {
    const perItem = (found: Measurement) => found.step.cpuMs / found.size;
    const slowdown = perItem(largest) / perItem(smaller);
    checks.push(atMost(`${name} of ${size}: CPU per item as a multiple of a tenth's`, slowdown, flatness));
    const growth = peakMib / smaller.peakMib;
    checks.push(atMost(`${name} of ${size}: memory as a multiple of a tenth's`, growth, memoryLimits.growth));
  }
  return checks;
}

/** Whether bundles keep their size; and, unless that is not asked, whether cold starts keep their time. */
export function coldStartChecks(coldStarts: readonly ColdStart[], isTimeAsked: boolean): Check[] {
  return coldStarts.flatMap(({ step, bundleBytes, ownMs, floorMs }) => [
    atMost(`${step}: bytes of its bundle`, bundleBytes, coldStartLimits.bundleBytes),
    ...(isTimeAsked
      ? [atMost(`${step}: cold start as a multiple of its floor`, ownMs / floorMs, coldStartLimits.factor)]
      : []),
  ]);
}

/** That a number is at most a limit. */
export function atMost(what: string, found: number, limit: number): Check {
  return { what: `${what}: ${Number(found.toPrecision(4))}, at most ${limit}`, holds: found <= limit };
}
