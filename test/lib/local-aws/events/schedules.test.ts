import { describe, expect, it } from 'vitest';
import { fastClock } from '../../../../lib/local-aws/clock.ts';
import { nextTime, type Schedule, startSchedule } from '../../../../lib/local-aws/events/schedules.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Sunday. */
const startAt = Date.UTC(2026, 10, 22, 12, 10);
const target = { targetArn: 'clean-up:1', roleArn: 'the schedule’s' };
const nightly: Schedule = { expression: 'cron(0 3 * * ? *)', timeZone: 'UTC', ...target, input: '{}' };

const next = (expression: string, timeZone = 'UTC', after = startAt) =>
  new Date(nextTime({ ...nightly, expression, timeZone }, after) ?? Number.NaN).toISOString();

describe('the next time', () => {
  it.each([
    ['cron(0 3 * * ? *)', '2026-11-23T03:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-11-22T12:15:00.000Z'],
    ['cron(10 12 ? * 1 *)', '2026-11-29T12:10:00.000Z'],
    ['cron(0 2 ? * MON-FRI *)', '2026-11-23T02:00:00.000Z'],
    ['cron(0 2 ? * 2 *)', '2026-11-23T02:00:00.000Z'],
    ['cron(0 0 L * ? *)', '2026-11-30T00:00:00.000Z'],
    ['cron(0 0 1 1 ? 2028)', '2028-01-01T00:00:00.000Z'],
    ['rate(1 minute)', '2026-11-22T12:11:00.000Z'],
    ['rate(12 hours)', '2026-11-23T00:10:00.000Z'],
    ['rate(2 days)', '2026-11-24T12:10:00.000Z'],
  ])('of %s after a Sunday noon is %s', (expression, expected) => {
    expect(next(expression)).toBe(expected);
  });

  it('is that of its time zone, on both sides of daylight saving time', () => {
    expect(next('cron(0 3 * * ? *)', 'Europe/Berlin')).toBe('2026-11-23T02:00:00.000Z');
    expect(next('cron(0 3 * * ? *)', 'Europe/Berlin', Date.UTC(2026, 6, 1))).toBe('2026-07-01T01:00:00.000Z');
  });

  it('does not come when all times are past', () => {
    expect(nextTime({ ...nightly, expression: 'cron(0 0 1 1 ? 2020)' }, startAt)).toBeUndefined();
  });

  it.each([
    'every night',
    'rate(5 weeks)',
    'rate(soon)',
    'cron(0 3 * * *)',
    'cron(0 30 * * ? *)',
    'at(2026-12-24T18:00:00)',
  ])('is refused of "%s"', (expression) => {
    expect(() => next(expression)).toThrow();
  });
});

describe('a schedule', () => {
  function started(schedule: Partial<Schedule> = {}) {
    const clock = fastClock(startAt);
    const ending = new AbortController();
    const fired: { at: string; event: string }[] = [];
    startSchedule({ ...nightly, ...schedule }, clock, ending.signal, (event) => {
      fired.push({ at: new Date(clock.now()).toISOString(), event });
    });
    return { clock, ending, fired };
  }

  it('does not make a fast clock move', async () => {
    const { clock, fired } = started();

    await clock.run(async (turn) => turn.sleep(0));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));

    expect(clock.now()).toBe(startAt);
    expect(fired).toEqual([]);
  });

  it('fires each time that something else moves the clock past', async () => {
    const { clock, fired } = started();

    await clock.sleep(2 * day);

    expect(fired).toEqual([
      { at: '2026-11-23T03:00:00.000Z', event: '{}' },
      { at: '2026-11-24T03:00:00.000Z', event: '{}' },
    ]);
  });

  it('says in the event for when it was scheduled', async () => {
    const { clock, fired } = started({
      input: '{"startedAt":"<aws.scheduler.scheduled-time>"}',
      timeZone: 'Europe/Berlin',
    });

    await clock.sleep(day);

    expect(fired.map(({ event }) => JSON.parse(event))).toEqual([{ startedAt: '2026-11-23T02:00:00Z' }]);
  });

  it('fires once when it has only one time', async () => {
    const { clock, fired } = started({ expression: 'cron(0 0 23 11 ? 2026)' });

    await clock.sleep(30 * day);

    expect(fired).toHaveLength(1);
  });

  it('does not fire after its end', async () => {
    const { clock, ending, fired } = started();

    ending.abort();
    await clock.sleep(2 * day);

    expect(fired).toEqual([]);
  });
});
