import type { Analysis } from '../shared/analyses.ts';
import type { Job } from '../shared/jobs.ts';
import { type KeyPrefixes, resultKey } from '../shared/keys.ts';
import { mediaKindOf } from '../shared/media.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { PlannedRecord } from '../shared/plan.ts';
import { type Answer, jsonIn } from './read-answer.ts';

/** Writes the result of a record: the answer with what is needed to trust and to trace it. */
export async function writeResult(
  { job, planned, analysis, answer }: { job: Job; planned: PlannedRecord; analysis: Analysis; answer: Answer },
  store: Pick<MediaStore, 'writeJson'>,
  prefixes: KeyPrefixes,
): Promise<void> {
  const { key, etag, bytes } = planned;
  await store.writeJson(resultKey(prefixes, planned.analysis, key), {
    media: { bucket: job.bucket, key, kind: mediaKindOf(key), etag, bytes },
    analysis: analysis.name,
    fingerprint: analysis.fingerprint,
    modelId: job.modelId,
    runId: job.runId,
    jobName: job.jobName,
    batchJobArn: job.batchJobArn,
    recordId: answer.recordId,
    answeredAt: job.endedAt,
    stopReason: answer.stopReason,
    inputTokens: answer.inputTokens,
    outputTokens: answer.outputTokens,
    ...(analysis.schema === undefined ? {} : { json: jsonIn(answer.text ?? '') }),
    text: answer.text,
  });
}
