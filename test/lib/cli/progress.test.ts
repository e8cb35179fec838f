import { describe, expect, it } from 'vitest';
import { progressLines } from '../../../lib/cli/progress.ts';
import { capturedContext } from './captured-context.ts';
import { counters, sampleJob } from './samples.ts';

function progress(isTerminal = false) {
  const { context, written } = capturedContext({ isTerminal });
  return { lines: progressLines(context.output.err), written };
}

describe('progress elsewhere than on a terminal', () => {
  it('says nothing twice', () => {
    const { lines, written } = progress();

    expect(lines.update([sampleJob({ status: 'Submitted' })])).toBe(true);
    expect(lines.update([sampleJob({ status: 'Submitted' })])).toBe(false);
    expect(written.err).toBe('job run-ab12cd-1 Submitted\n');
  });

  it('has a line for each tenth of a job, not for each record, and still calls each a change', () => {
    const { lines, written } = progress();

    const changes = Array.from({ length: 121 }, (_, at) => lines.update([sampleJob({ counters: counters(at) })]));

    expect(changes.every(Boolean)).toBe(true);
    expect(written.err.trim().split('\n')).toHaveLength(11);
  });

  it('tells what is padding, because it counts in what Bedrock says', () => {
    const { lines, written } = progress();
    const counted = { total: 100, processed: 60, succeeded: 60, failed: 0 };

    lines.update([sampleJob({ records: 1, paddingRecords: 99, counters: counted })]);

    expect(written.err).toBe('job run-ab12cd-1 InProgress 60/100 (99 of them padding)\n');
  });

  it('keeps jobs apart', () => {
    const { lines, written } = progress();

    lines.update([sampleJob({ jobName: 'a', status: 'Validating' }), sampleJob({ jobName: 'b', status: 'Waiting' })]);

    expect(written.err).toBe('job a Validating\njob b waits for its turn in the folder\n');
  });

  it('has no control characters', () => {
    const { lines, written } = progress();

    for (const at of [0, 60, 120]) lines.update([sampleJob({ counters: counters(at) })]);

    expect(written.err).toMatch(/^[\x20-\x7e\n]+$/);
  });
});

describe('progress on a terminal', () => {
  const rewrite = '\u001b[1A\u001b[2K';

  it('counts in place', () => {
    const { lines, written } = progress(true);

    for (const at of [0, 1, 2]) lines.update([sampleJob({ counters: counters(at) })]);

    expect(written.err.split(rewrite)).toHaveLength(3);
  });

  it('keeps the line of each status', () => {
    const { lines, written } = progress(true);

    lines.update([sampleJob({ status: 'Submitted' })]);
    lines.update([sampleJob({ counters: counters(1) })]);

    expect(written.err).not.toContain(rewrite);
  });

  it('does not rewrite the line of another job', () => {
    const { lines, written } = progress(true);

    lines.update([
      sampleJob({ jobName: 'a', counters: counters(1) }),
      sampleJob({ jobName: 'b', counters: counters(1) }),
    ]);
    lines.update([
      sampleJob({ jobName: 'a', counters: counters(2) }),
      sampleJob({ jobName: 'b', counters: counters(1) }),
    ]);

    expect(written.err).not.toContain(rewrite);
  });
});
