import type * as z from 'zod';
import { kindsAskedBy } from '../shared/analyses.ts';
import { isNoSuchBucket, missingBucketSentence, RequestRefused } from '../shared/errors.ts';
import { inputKeyOf, jobOutputPrefix, type KeyPrefixes, manifestKey, planKey, skippedKey } from '../shared/keys.ts';
import { jobTimeoutHours } from '../shared/limits.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { Model } from '../shared/models.ts';
import { type Plan, type PlannedJob, planSchema } from '../shared/plan.ts';
import { jobHashOf } from '../shared/records.ts';
import { type MediaBatchRequest, parseRequest } from '../shared/request.ts';
import type { RunTable } from '../shared/run-table.ts';
import { strangersSentence, surveyFolder } from '../shared/shared-folder.ts';
import type { planRunInputSchema, planRunOutputSchema } from '../shared/state.ts';
import { resolveAnalyses } from './resolve-analyses.ts';
import { resolveModel } from './resolve-model.ts';
import { selectMedia } from './select-media.ts';
import { writeManifest } from './write-manifest.ts';

export interface PlanRunDependencies {
  table: Pick<RunTable, 'getRun' | 'createRun' | 'updateRun' | 'createJob' | 'findJob'>;
  store: Pick<MediaStore, 'bucket' | 'listObjects' | 'headObject' | 'readJson' | 'writeJson' | 'writeLines'>;
  prefixes: KeyPrefixes;
  deployedModelIds: readonly string[];
  now(): number;
}

type Input = z.infer<typeof planRunInputSchema>;
type Output = z.infer<typeof planRunOutputSchema>;

/**
 * Turns a request into a plan: checks it, selects its media, looks at the folder, packs the records into a job and writes all
 * of it down. A repeat finds the plan and gives the same jobs.
 *
 * @throws {RequestRefused} when the request cannot work; nothing was sent and nothing is paid for then
 */
export async function planRun(input: Input, dependencies: PlanRunDependencies): Promise<Output> {
  const { table, store, prefixes } = dependencies;
  const run = await openRun(input, table);
  if (run.status === 'Running') {
    const plan = planSchema.parse(await store.readJson(planKey(prefixes, input.runId)));
    return { runId: input.runId, jobs: plan.jobs.map(({ jobName }) => ({ runId: input.runId, jobName })) };
  }
  const plan = await makePlan(input, dependencies);
  await store.writeJson(planKey(prefixes, input.runId), plan);
  for (const job of plan.jobs) await table.createJob(jobItem(plan, job, prefixes));
  // The point of no return: from here on a repeat takes the plan as it stands.
  await table.updateRun(input.runId, { status: 'Running', jobCount: plan.jobs.length });
  return { runId: input.runId, jobs: plan.jobs.map(({ jobName }) => ({ runId: input.runId, jobName })) };
}

async function openRun({ runId, executionArn, startedAt }: Input, table: PlanRunDependencies['table']) {
  const fresh = { runId, executionArns: [executionArn], status: 'Planning' as const, startedAt, jobCount: 0 };
  if (await table.createRun(fresh)) return fresh;
  const run = await table.getRun(runId);
  if (run && (run.status === 'Planning' || run.status === 'Running') && run.startedAt === startedAt) return run;
  throw new RequestRefused(
    `Run ${runId} exists already, started ${run?.startedAt ?? 'before'}; expected a new name: start the execution under another.`,
  );
}

async function makePlan(input: Input, dependencies: PlanRunDependencies): Promise<Plan> {
  const { store, prefixes, deployedModelIds, now } = dependencies;
  const parsed = parseRequest(input.request);
  if ('problem' in parsed) throw new RequestRefused(parsed.problem);
  const { request } = parsed;
  const { modelId, model } = resolveModel(request.model, deployedModelIds);
  const analyses = resolveAnalyses(request.analyses, modelId, model);
  await refuseUnlessFolderWorks(model, dependencies);

  const jobHash = jobHashOf(input.executionArn, input.startedAt, 1);
  const jobName = `${request.name ?? 'media'}-${jobHash.slice(0, 10)}-1`;
  const key = manifestKey(prefixes, input.runId, jobName);
  const selected = selectMedia(request.media, { store, own: prefixes, kinds: kindsAskedBy(analyses) });
  const totals = await writeManifest(selected, store, {
    manifestKey: key,
    skippedKey: skippedKey(prefixes, input.runId),
    jobHash,
    analyses,
    model,
  });
  const { records, modelInvocationType, mediaBytes } = totals;
  const paddingRecords = paddingFor(records, request, model);
  return {
    runId: input.runId,
    request,
    bucket: store.bucket,
    modelId,
    layout: 'root',
    timeoutHours: request.timeoutHours ?? jobTimeoutHours.default,
    analyses,
    media: totals.media,
    jobs: [{ jobName, jobHash, manifestKey: key, modelInvocationType, records, paddingRecords, mediaBytes }],
    skipped: totals.skipped,
    plannedAt: new Date(now()).toISOString(),
  };
}

async function refuseUnlessFolderWorks(model: Model, { store, table }: PlanRunDependencies): Promise<void> {
  const { inputs, totalBytes } = await surveyFolder(store, table).catch((error: unknown) => {
    if (!isNoSuchBucket(error)) throw error;
    throw new RequestRefused(missingBucketSentence(store.bucket), { cause: error });
  });
  const strangers = inputs.filter(({ job }) => job === undefined);
  if (strangers.length > 0) throw new RequestRefused(strangersSentence(store.bucket, strangers));
  if (totalBytes > model.quotas.maxJobBytes) {
    throw new RequestRefused(
      `Bucket ${store.bucket} holds ${gigabytes(totalBytes)} GB and a job of ${model.label} may read ` +
        `${gigabytes(model.quotas.maxJobBytes)} GB, counted over everything under its folder, here the whole bucket: ` +
        'move what is not needed to another bucket, or use a model with a larger quota.',
    );
  }
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

function paddingFor(records: number, request: MediaBatchRequest, model: Model): number {
  const { minRecordsPerJob } = model.quotas;
  if (records >= minRecordsPerJob) return 0;
  if (request.belowMinimum === 'fail') {
    throw new RequestRefused(
      `The request has ${records} records and "belowMinimum" is "fail"; a job of ${model.label} needs at least ` +
        `${minRecordsPerJob}: add media or analyses, or let the job be padded with "belowMinimum": "pad".`,
    );
  }
  return minRecordsPerJob - records;
}

function jobItem(plan: Plan, job: PlannedJob, prefixes: KeyPrefixes) {
  return {
    runId: plan.runId,
    jobName: job.jobName,
    jobHash: job.jobHash,
    bucket: plan.bucket,
    modelId: plan.modelId,
    modelInvocationType: job.modelInvocationType,
    layout: plan.layout,
    timeoutHours: plan.timeoutHours,
    manifestKey: job.manifestKey,
    records: job.records,
    paddingRecords: job.paddingRecords,
    batchInputS3Key: inputKeyOf(job.jobName),
    batchOutputS3Prefix: jobOutputPrefix(prefixes, job.jobName),
    status: 'Planned' as const,
    closed: false,
  };
}
