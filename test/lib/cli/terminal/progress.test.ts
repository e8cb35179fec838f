import { describe, expect, it } from 'vitest';
import { progressLines } from '../../../../lib/cli/terminal/progress.ts';
import { capturedContext } from '../captured-context.ts';
import { counters, sampleJob, sampleRun } from '../samples.ts';

function progress() {
  const { context, written } = capturedContext();
  return { lines: progressLines(context.output.err), written };
}

describe('progress without a terminal', () => {
  it('says nothing twice', () => {
    const { lines, written } = progress();

    expect(lines.update([sampleJob({ status: 'Submitted' })])).toBe(true);
    expect(lines.update([sampleJob({ status: 'Submitted' })])).toBe(false);
    expect(written.err).toBe('job run-ab12cd-1 Submitted\n');
  });

  it('has a line for each tenth of a job, not for each record, and still reports each as a change', () => {
    const { lines, written } = progress();

    const changes = Array.from({ length: 121 }, (_, at) => lines.update([sampleJob({ counters: counters(at) })]));

    expect(changes.every(Boolean)).toBe(true);
    expect(written.err.trim().split('\n')).toHaveLength(11);
  });

  it('shows padding, because Bedrock counts it', () => {
    const { lines, written } = progress();
    const counted = { total: 100, processed: 60, succeeded: 60, failed: 0 };

    lines.update([sampleJob({ records: 1, paddingRecords: 99, counters: counted })]);

    expect(written.err).toBe('job run-ab12cd-1 InProgress 60/100 (99 of them padding)\n');
  });

  it('lets no key in a layout and no name of a run control the terminal', () => {
    const { lines, written } = progress();
    const { planned } = sampleRun();
    if (planned) planned.layoutReason = 'a\u001b[2J\u202e.jsonl lies there';
    const since = '2026-11-02T09:00:00.000Z';
    const owner = { runId: 'nightly\u001b[31m', jobName: 'x\r', since };

    lines.update([sampleJob({ waiting: { for: 'root', since, owner } })], sampleRun({ planned }));
    lines.say('The execution ended (\u009b2J).');

    expect(written.err).toContain('a�[2J�.jsonl lies there');
    expect(written.err).toContain('run nightly�[31m has it with job x� since');
    expect(written.err).toContain('(�2J).');
    expect(written.err).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('says that a quota may be 0 if no job is open', () => {
    const { lines, written } = progress();
    const since = '2026-11-02T09:00:00.000Z';

    lines.update([sampleJob({ status: 'Prepared', waiting: { for: 'slot', since, idleSince: since } })]);

    expect(written.err).toContain(
      `waits for a free job slot of the model since ${since} (no job of the account is open`,
    );
  });

  it('keeps jobs apart', () => {
    const { lines, written } = progress();

    lines.update([sampleJob({ jobName: 'a', status: 'Validating' }), sampleJob({ jobName: 'b', status: 'Waiting' })]);

    expect(written.err).toBe('job a Validating\njob b waits for its turn in the folder\n');
  });

  it('shows who has the root, since when and how many wait before, again whenever that changes', () => {
    const { lines, written } = progress();
    const owner = { runId: 'night', jobName: 'night-1', since: '2026-11-02T08:00:00.000Z' };
    const waiting = { for: 'root', since: '2026-11-02T09:00:00.000Z', owner, ahead: 2 } as const;

    lines.update([sampleJob({ status: 'Waiting', waiting })]);
    lines.update([sampleJob({ status: 'Waiting', waiting })]);
    lines.update([sampleJob({ status: 'Waiting', waiting: { ...waiting, ahead: 0 } })]);

    const text = 'job run-ab12cd-1 waits for the root of the bucket since 2026-11-02T09:00:00.000Z';
    const who = 'run night has it with job night-1 since 2026-11-02T08:00:00.000Z';
    expect(written.err).toBe(`${text} (${who}, 2 jobs before it)\n${text} (${who})\n`);
  });

  it('shows a wait for a slot only until Bedrock has the job', () => {
    const { lines, written } = progress();
    const waiting = { for: 'slot', since: '2026-11-02T09:00:00.000Z' } as const;

    lines.update([sampleJob({ status: 'Prepared', waiting })]);
    lines.update([sampleJob({ status: 'Submitted', waiting, batchJobArn: 'arn:job' })]);

    expect(written.err).toBe(
      'job run-ab12cd-1 waits for a free job slot of the model since 2026-11-02T09:00:00.000Z\n' +
        'job run-ab12cd-1 Submitted\n',
    );
  });

  it('has no control characters', () => {
    const { lines, written } = progress();

    for (const at of [0, 60, 120]) lines.update([sampleJob({ counters: counters(at) })]);

    expect(written.err).toMatch(/^[\x20-\x7e\n]+$/);
  });
});

describe('the plan of a run', () => {
  const { planned } = sampleRun();
  if (planned === undefined) throw new Error('The sample run has no plan.');

  it('comes first, once, with the layout and its reason and the longest time', () => {
    const { lines, written } = progress();

    expect(lines.update([], sampleRun({ planned: undefined }))).toBe(false);
    expect(lines.update([sampleJob({ status: 'Planned' })], sampleRun())).toBe(true);
    expect(lines.update([sampleJob({ status: 'Planned' })], sampleRun())).toBe(false);

    expect(written.err).toBe(
      'plan: 120 records in 1 job, layout root (the request says so), 84 hours at most once its jobs start\n' +
        'job run-ab12cd-1 planned\n',
    );
  });

  it('shows how much is copied and what that costs before it begins', () => {
    const { lines, written } = progress();

    lines.update(
      [],
      sampleRun({ planned: { ...planned, layout: 'staged', stagedBytes: 7_140_000_000, stagedUsd: 0.5 } }),
    );

    expect(written.err).toContain('copies first: 7.1 GB, about $0.50\n');
  });

  it('shows what is sent again in a further attempt', () => {
    const { lines, written } = progress();

    lines.update([], sampleRun());
    lines.update([], sampleRun({ planned: { ...planned, attempt: 2, records: 12, jobs: 2 } }));

    expect(written.err).toContain('attempt 2: 12 records again in 2 jobs, ');
  });
});
