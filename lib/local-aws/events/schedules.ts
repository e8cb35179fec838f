import { Cron } from 'croner';
import type { Clock } from '../clock.ts';

/** An EventBridge Scheduler schedule that invokes a function. */
export interface Schedule {
  /** `cron(…)` with AWS's six fields, or `rate(…)`. */
  expression: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  timeZone: string;
  targetArn: string;
  /** The role that invokes it. */
  roleArn: string;
  /** The event, as JSON. `<aws.scheduler.scheduled-time>` in it becomes the scheduled time. */
  input: string;
  /** The queue that gets what could not be delivered. */
  deadLetterArn?: string | undefined;
}

const unitMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * When a schedule fires first after a time, in milliseconds since 1970; undefined when it never does again.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * @throws for another expression
 */
export function nextTime({ expression, timeZone }: Schedule, after: number): number | undefined {
  const [, kind, content = ''] = /^(cron|rate)\((.+)\)$/.exec(expression) ?? [];
  const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(content) ?? [];
  if (kind === 'rate' && unitMs[unit]) return after + Number(count) * unitMs[unit];
  // AWS has no seconds, counts weekdays from 1 for Sunday, and lets a step start anywhere, as in 0/15.
  const options = { timezone: timeZone, alternativeWeekdays: true, sloppyRanges: true };
  const from = new Date(after);
  if (kind === 'cron') return new Cron(`0 ${content}`, { ...options, mode: '7-part' }).nextRun(from)?.getTime();
  throw new Error(`The schedule is "${expression}", expected cron(…) or rate(…).`);
}

/**
 * Fires a schedule on the clock until the signal is aborted. It sleeps in the background: a fast clock does not race
 * through the days for a nightly schedule, but fires it once other work has moved the time past it.
 */
export function startSchedule(
  schedule: Schedule,
  clock: Clock,
  signal: AbortSignal,
  fire: (event: string) => void,
): void {
  const first = nextTime(schedule, clock.now());
  async function run() {
    for (let time = first; time !== undefined; time = nextTime(schedule, time)) {
      await clock.sleep(time - clock.now(), { background: true, signal });
      const scheduledTime = new Date(time).toISOString().replace('.000Z', 'Z');
      fire(schedule.input.replaceAll('<aws.scheduler.scheduled-time>', scheduledTime));
    }
  }
  run().catch((error) => {
    if (!signal.aborted) process.emitWarning(`The schedule ${schedule.expression} ended: ${String(error)}`);
  });
}
