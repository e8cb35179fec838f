import { basename } from 'node:path';
import { z } from 'zod';
import type { State } from './state.ts';

/** One sending of a record, as an attempt of a plan has it. */
export interface Ask {
  runId: string;
  attempt: number;
  jobName: string;
  recordId: string;
  key: string;
  etag: string;
  analysis: string;
  fingerprint: string;
}

const jobSchema = z.object({
  jobName: z.string(),
  jobHash: z.string(),
  recordsOffset: z.int(),
  recordsBytes: z.int(),
});
const attemptSchema = z.object({ attempt: z.int(), recordsKey: z.string(), jobs: z.array(jobSchema) });
const planSchema = z.object({
  analyses: z.array(z.object({ name: z.string(), fingerprint: z.string() })),
  firstAttempt: attemptSchema.optional(),
});
const recordSchema = z.object({ key: z.string(), etag: z.string(), analysis: z.string() });
const ledgerSchema = z.object({
  recordId: z.string(),
  key: z.string(),
  analysis: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'missing']),
  reason: z.string().optional(),
  earlier: z.array(z.object({ recordId: z.string() })).default([]),
});
export type LedgerLine = z.infer<typeof ledgerSchema>;
const skippedSchema = z.object({ key: z.string(), analysis: z.string() });

const countsSchema = z.object({ submitted: z.int(), succeeded: z.int(), failed: z.int(), missing: z.int() });
const outcomeSchema = z.object({ status: z.string(), records: countsSchema });
const itemSchema = z.object({ runId: z.string(), status: z.string() });

/** A run as it lies in the table and the bucket. */
export interface RunState {
  runId: string;
  status: string;
  /** Of all attempts. */
  asks: Ask[];
  ledger: LedgerLine[];
  /** Planned in the first attempt, and then left to another run. */
  skippedLater: { key: string; analysis: string }[];
  outcome: z.infer<typeof outcomeSchema> | undefined;
}

/** The part of the state that has the runs. */
type Written = Pick<State, 'items' | 'objects' | 'text' | 'lines'>;

/** Reads the runs that the table knows. */
export async function readRuns(state: Written): Promise<RunState[]> {
  const items = state.items.filter(({ sk }) => sk === 'RUN').map((item) => itemSchema.parse(item));
  return Promise.all(items.map((item) => readRun(item, state)));
}

async function readRun({ runId, status }: z.infer<typeof itemSchema>, state: Written): Promise<RunState> {
  const folder = `nova/batch/runs/${runId}/`;
  const { objects, text, lines } = state;
  const readJson = async (key: string): Promise<unknown> => objects.has(key) && JSON.parse(await text(key));
  const plan = planSchema.safeParse(await readJson(`${folder}plan.json`)).data;
  const attempts = plan?.firstAttempt ? [plan.firstAttempt] : [];
  for (const key of [...objects.keys()].sort()) {
    if (!key.startsWith(`${folder}attempts/`)) continue;
    // What planners leave beside the attempts has a planner's ID in its name: lists, and notes of where planning
    // stopped.
    if (/^\d+\.json$/.test(basename(key))) attempts.push(attemptSchema.parse(await readJson(key)));
  }
  const fingerprints = new Map(plan?.analyses.map(({ name, fingerprint }) => [name, fingerprint]));
  const asks: Ask[] = [];
  for (const { attempt, recordsKey, jobs } of attempts) {
    const list = Buffer.from(await text(recordsKey));
    for (const { jobName, jobHash, recordsOffset: start, recordsBytes } of jobs) {
      const piece = list
        .subarray(start, start + recordsBytes)
        .toString()
        .split('\n');
      for (const [at, line] of piece.filter((each) => each !== '').entries()) {
        const record = recordSchema.parse(JSON.parse(line));
        const recordId = `${jobHash}-${String(at + 1).padStart(6, '0')}`;
        const fingerprint = fingerprints.get(record.analysis) ?? '';
        asks.push({ runId, attempt, jobName, recordId, ...record, fingerprint });
      }
    }
  }
  const read = async <T>(name: string, schema: z.ZodType<T>) =>
    (await lines(`${folder}${name}`)).map((line) => schema.parse(line));
  return {
    ...{ runId, status, asks },
    ledger: await read('ledger/records.ndjson', ledgerSchema),
    skippedLater: await read('ledger/skipped-later.ndjson', skippedSchema),
    outcome: outcomeSchema.safeParse(await readJson(`${folder}outcome.json`)).data,
  };
}
