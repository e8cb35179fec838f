import type { Job, JobStatus } from '../../shared/domain/job/job.ts';

/** The phases of a job in their usual order, with name and meaning. */
export const phases = {
  before: { name: 'Planned', means: 'waiting for its start in the run, and its input written' },
  root: { name: 'Waiting for the root', means: "waiting for another job to release the bucket's root" },
  slot: { name: 'Waiting for a slot', means: 'waiting for a free job slot at Bedrock' },
  queued: { name: "In Bedrock's queue", means: 'submitted, validated and scheduled by Bedrock' },
  running: { name: 'Running', means: 'answered by the model' },
  stopping: { name: 'Stopping', means: 'stopping at Bedrock' },
} as const;
export type Phase = keyof typeof phases;
export const phaseNames: readonly Phase[] = ['before', 'root', 'slot', 'queued', 'running', 'stopping'];

/** A period of a job in one phase; milliseconds since 1970. */
export interface Span {
  phase: Phase;
  from: number;
  to: number;
}

const phaseOfStatus: Partial<Record<JobStatus, Phase>> = {
  Planned: 'before',
  Prepared: 'before',
  Waiting: 'root',
  Submitted: 'queued',
  Validating: 'queued',
  Scheduled: 'queued',
  InProgress: 'running',
  Stopping: 'stopping',
};

/**
 * Returns the periods of a job without gaps: from its plan to its end or, if it has none, to the end of its run.
 *
 * @param plannedAt of its attempt
 */
export function spansOf(job: Job, plannedAt: string, runEndedAt: string): Span[] {
  const end = job.endedAt ?? runEndedAt;
  const spans: Span[] = [];
  let at = Date.parse(plannedAt);
  let phase: Phase | undefined = 'before';
  for (const change of job.history) {
    add(Date.parse(change.at));
    phase = change.for ?? phaseOfStatus[change.status];
  }
  add(Date.parse(end));
  return spans;

  function add(to: number): void {
    if (to <= at) return;
    const last = spans.at(-1);
    if (last !== undefined && last.phase === phase && last.to === at) last.to = to;
    else if (phase !== undefined) spans.push({ phase, from: at, to });
    at = to;
  }
}

/** Returns the milliseconds that a job spent in these phases together. */
export function timeIn(spans: readonly Span[], ...wanted: readonly Phase[]): number {
  return spans.reduce((sum, { phase, from, to }) => sum + (wanted.includes(phase) ? to - from : 0), 0);
}
