import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { liveProgress } from '../../../../lib/cli/terminal/live-progress.ts';
import { capturedContext } from '../captured-context.ts';
import { counters, sampleJob, sampleRun } from '../samples.ts';

/** Progress on a terminal of 100 columns and 12 rows, and what each update has written, as text. */
function progress(nowMs = 0) {
  const time = { nowMs };
  const { context, written } = capturedContext({ isTerminal: true });
  const shown = liveProgress(context.output.err, () => time.nowMs);
  return {
    time,
    shown,
    written,
    frame(...args: Parameters<typeof shown.update>): string {
      written.err = '';
      shown.update(...args);
      return stripVTControlCharacters(written.err);
    },
  };
}

const job = (jobName: string, processed: number) => sampleJob({ jobName, counters: counters(processed) });

describe('progress on a terminal', () => {
  it('has a line with a bar for each open job, and a summary', () => {
    const { frame } = progress();

    const text = frame([job('a', 60), job('b', 0)]);

    expect(text).toContain('job a ██████████░░░░░░░░░░ InProgress 60/120\n');
    expect(text).toContain('job b ░░░░░░░░░░░░░░░░░░░░ InProgress 0/120\n');
    expect(text).toContain('0 of 2 jobs over, 60 of 240 records, 0 s elapsed');
  });

  it('counts in place, and reports only changes as changes', () => {
    const { shown, written } = progress();

    expect(shown.update([job('a', 1)])).toBe(true);
    expect(shown.update([job('a', 2)])).toBe(true);
    expect(shown.update([job('a', 2)])).toBe(false);

    expect(written.err).toContain('\u001b[');
    expect(stripVTControlCharacters(written.err).match(/job a/g)?.length).toBeLessThanOrEqual(2);
  });

  it('keeps ended jobs and the plan above, once each', () => {
    const { frame } = progress();
    const over = sampleJob({
      jobName: 'a',
      status: 'Completed',
      counters: counters(120),
      endedAt: '2026-11-02T10:00:00Z',
    });

    const first = frame([over, job('b', 3)], sampleRun());
    const second = frame([over, job('b', 4)], sampleRun());

    expect(first).toContain('plan: 120 records in 1 job');
    expect(first).toContain('job a Completed 120/120\n');
    expect(first).toContain('1 of 2 jobs over, 123 of 240 records');
    expect(second).not.toMatch(/job a|plan:/);
  });

  it('shows as many jobs as fit on the screen', () => {
    const { frame } = progress();

    const text = frame(Array.from({ length: 30 }, (_, at) => job(`j${at}`, 1)));

    expect(text.match(/^job /gm)).toHaveLength(9);
    expect(text).toContain('and 21 more jobs\n');
  });

  it('shows the rate of the last ten minutes, and the time left while all open jobs are in progress', () => {
    const { frame, time } = progress();
    frame([job('a', 0)]);

    time.nowMs = 2 * 60_000;
    expect(frame([job('a', 40)])).toContain('40 of 120 records, 20 a minute, about 4 min left, 2 min elapsed');
    time.nowMs = 30 * 60_000;
    expect(frame([job('a', 40)])).not.toContain('minute');
  });

  it.each([
    ['waits for the root', { status: 'Waiting', waiting: { for: 'root', since: '2026-11-02T09:00:00.000Z' } }],
    ['is being checked', { status: 'Validating' }],
  ] as const)('guesses no time while a job %s', (_, waiting) => {
    const { frame, time } = progress();
    const jobs = (processed: number) => [job('a', processed), sampleJob({ jobName: 'b', ...waiting })];
    frame(jobs(0));

    time.nowMs = 60_000;
    const text = frame(jobs(40));

    expect(text).toContain('40 a minute');
    expect(text).not.toContain('left');
  });

  it('shows how long the run has been active, however late it is watched', () => {
    const { frame } = progress(Date.parse('2026-11-02T12:30:00.000Z'));

    expect(frame([job('a', 0)], sampleRun({ startedAt: '2026-11-02T09:00:00.000Z' }))).toContain(
      ', 3 h 30 min elapsed',
    );
  });

  it('lets no name control the terminal, and no line exceed it', () => {
    const { frame, shown, written } = progress();
    const owner = { runId: 'x\u001b[2J'.repeat(30), jobName: 'y', since: '2026-11-02T09:00:00.000Z' };
    const waiting = { for: 'root', since: owner.since, owner } as const;

    const text = frame([sampleJob({ status: 'Waiting', waiting })]);
    shown.say('The execution ended (\u009b2J).');

    expect(text.replaceAll('\n', ' ')).toContain('has it with job y since');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(written.err).toContain('(�2J).');
    expect(written.err).not.toContain('\u001b[2J');
  });
});
