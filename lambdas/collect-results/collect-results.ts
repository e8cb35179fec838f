import { pMapIterable } from 'p-map';
import type * as z from 'zod';
import type { Analysis } from '../shared/analyses.ts';
import type { Job } from '../shared/jobs.ts';
import { type KeyPrefixes, ledgerKey, planKey, resultKey } from '../shared/keys.ts';
import { mediaKindOf } from '../shared/media.ts';
import type { MediaStore } from '../shared/media-store.ts';
import { type PlannedRecord, plannedRecordSchema, planSchema } from '../shared/plan.ts';
import type { RunTable } from '../shared/run-table.ts';
import type { collectResultsInputSchema, collectResultsOutputSchema } from '../shared/state.ts';
import { countRecords, emptyJoin, joinLine, ledgerEntryOf, missingReasonOf } from './join-output.ts';
import { type Answer, jsonIn } from './read-answer.ts';
import { maxCollectTurns } from './turns.ts';

type Store = Pick<MediaStore, 'listObjects' | 'readJson' | 'readLines' | 'writeJson' | 'writeLines'>;

export interface CollectResultsDependencies {
  table: Pick<RunTable, 'getJob' | 'finishJob'>;
  storeOf(bucket: string): Store;
  prefixes: KeyPrefixes;
  /** Whether this turn has to end; asked before each record. */
  isTimeUp(): boolean;
}

/** Results are small objects, so the wait for S3 is what takes time. */
const concurrentWrites = 48;

const maxForeignFiles = 20;

/**
 * Reads what Bedrock wrote for a job, writes a result per answer and the ledger of the job. The output never changes once the
 * job is over, so a further turn reads it from the start again, only to know what was said, and writes from where the turn
 * before stopped.
 *
 * @throws when a job takes more than `maxCollectTurns` turns
 */
export async function collectResults(
  input: z.infer<typeof collectResultsInputSchema>,
  dependencies: CollectResultsDependencies,
): Promise<z.infer<typeof collectResultsOutputSchema>> {
  const { runId, jobName, turn } = input;
  const { table, prefixes } = dependencies;
  const job = await table.getJob({ runId, jobName });
  if (job.collected !== undefined) return { ...input, done: true };
  if (turn > maxCollectTurns) {
    throw new RangeError(
      `Collecting job ${jobName} took ${maxCollectTurns} turns and is not done, expected far fewer.`,
    );
  }
  const store = dependencies.storeOf(job.bucket);
  const output = await findOutput(job, store);
  const records = await readManifest(job, store);
  const joined = emptyJoin();
  if (output.ours !== undefined) {
    const writeResult = await resultWriter(job, records, store, prefixes);
    const lines = linesToWrite(store.readLines(output.ours), input.linesDone, dependencies.isTimeUp);
    let linesDone = 0;
    const work = pMapIterable(
      lines,
      async ({ line, isDone }) => {
        const joinedLine = joinLine(line, job, joined);
        if (joinedLine !== undefined && !isDone) await writeResult(joinedLine.number, joinedLine.answer);
      },
      { concurrency: concurrentWrites },
    );
    for await (const _ of work) linesDone += 1;
    if (lines.wasCut) return { runId, jobName, turn: turn + 1, linesDone, done: false };
  }
  const missingReason = missingReasonOf(job);
  await store.writeLines(ledgerKey(prefixes, runId, jobName), ledgerLines());
  const { usage, duplicateLines, foreignLines } = joined;
  const collected = {
    records: countRecords(job, joined),
    ...usage,
    duplicateLines,
    foreignLines,
    foreignFiles: output.foreign,
  };
  await table.finishJob({ runId, jobName }, collected);
  return { ...input, done: true };

  async function* ledgerLines(): AsyncGenerator<string> {
    for (const [at, planned] of records.entries()) {
      yield JSON.stringify(ledgerEntryOf(planned, at + 1, joined, missingReason));
    }
  }
}

/** Everything under the job's output prefix is looked at, and only the output of our own input is joined. */
async function findOutput(job: Job, store: Store): Promise<{ ours?: string; foreign: string[] }> {
  if (job.batchJobArn === undefined) return { foreign: [] };
  const ours: string[] = [];
  const foreign: string[] = [];
  for await (const { key } of store.listObjects(job.batchOutputS3Prefix)) {
    if (!key.endsWith('.jsonl.out')) continue;
    if (key.endsWith(`/${job.batchInputS3Key}.out`)) ours.push(key);
    else if (foreign.length < maxForeignFiles) foreign.push(key);
  }
  return { ours: ours[0], foreign };
}

async function readManifest(job: Job, store: Store): Promise<PlannedRecord[]> {
  const records: PlannedRecord[] = [];
  for await (const line of store.readLines(job.manifestKey)) records.push(plannedRecordSchema.parse(JSON.parse(line)));
  return records;
}

async function resultWriter(job: Job, records: readonly PlannedRecord[], store: Store, prefixes: KeyPrefixes) {
  const plan = planSchema.parse(await store.readJson(planKey(prefixes, job.runId)));
  const analyses = new Map<string, Analysis>(plan.analyses.map((analysis) => [analysis.name, analysis]));
  return async (number: number, answer: Answer & { text: string }): Promise<void> => {
    const planned = records[number - 1];
    const analysis = planned && analyses.get(planned.analysis);
    if (planned === undefined || analysis === undefined) return;
    await store.writeJson(resultKey(prefixes, planned.analysis, planned.key), resultOf(job, planned, analysis, answer));
  };
}

/** What is needed to trust and to trace an answer. */
function resultOf(job: Job, planned: PlannedRecord, analysis: Analysis, answer: Answer & { text: string }) {
  return {
    media: {
      bucket: job.bucket,
      key: planned.key,
      kind: mediaKindOf(planned.key),
      etag: planned.etag,
      bytes: planned.bytes,
    },
    analysis: analysis.name,
    fingerprint: analysis.fingerprint,
    modelId: job.modelId,
    runId: job.runId,
    jobName: job.jobName,
    batchJobArn: job.batchJobArn,
    recordId: planned.recordId,
    answeredAt: job.endedAt,
    stopReason: answer.stopReason,
    inputTokens: answer.inputTokens,
    outputTokens: answer.outputTokens,
    ...(analysis.schema === undefined ? {} : { json: jsonIn(answer.text) }),
    text: answer.text,
  };
}

/** Lines with the word whether an earlier turn dealt with them; ends early when the turn's time is up. */
function linesToWrite(lines: AsyncIterable<string>, linesDone: number, isTimeUp: () => boolean) {
  return {
    wasCut: false,
    async *[Symbol.asyncIterator]() {
      let number = 0;
      for await (const line of lines) {
        number += 1;
        const isDone = number <= linesDone;
        if (!isDone && isTimeUp()) {
          this.wasCut = true;
          return;
        }
        yield { line, isDone };
      }
    },
  };
}
