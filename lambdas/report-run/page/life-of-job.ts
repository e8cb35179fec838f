import type { Job, JobStatus, StatusChange } from '../../shared/domain/job/job.ts';

/** What a job spends its time with, as people see it, in its usual order; what each is called and what it means. */
export const phases = {
  before: { name: 'Planned', means: 'planned, waiting for its turn in the run, and its input written' },
  root: { name: 'Waiting for the root', means: "waiting for another job to leave the bucket's root" },
  slot: { name: 'Waiting for a slot', means: 'waiting for a free job slot at Bedrock' },
  queued: { name: "In Bedrock's queue", means: 'submitted, validated and scheduled by Bedrock' },
  running: { name: 'Running', means: 'answered by the model' },
  stopping: { name: 'Stopping', means: 'told to stop' },
} as const;
export type Phase = keyof typeof phases;
export const phaseNames: readonly Phase[] = ['before', 'root', 'slot', 'queued', 'running', 'stopping'];

/** A piece of a job's life; milliseconds since 1970. */
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
 * The life of a job, without gaps: from its plan to its end or, where it never had one, to that of its run. Of a job without a
 * history only its submission and its end are known.
 *
 * @param plannedAt of its attempt
 * @param runEndedAt absent where nobody wrote it down
 */
export function lifeOf(job: Job, plannedAt: string, runEndedAt: string | undefined): Span[] {
  const changes = job.history ?? knownWithoutHistory(job);
  const end = job.endedAt ?? runEndedAt ?? changes.at(-1)?.at ?? plannedAt;
  const spans: Span[] = [];
  let at = Date.parse(plannedAt);
  let phase: Phase | undefined = 'before';
  for (const change of changes) {
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

function knownWithoutHistory({ submittedAt }: Job): StatusChange[] {
  return submittedAt === undefined ? [] : [{ status: 'InProgress', at: submittedAt }];
}

/** Milliseconds that a job spent in each of these phases together. */
export function timeIn(spans: readonly Span[], ...wanted: readonly Phase[]): number {
  return spans.reduce((sum, { phase, from, to }) => sum + (wanted.includes(phase) ? to - from : 0), 0);
}
