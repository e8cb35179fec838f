import type { checks } from './checks.ts';

/** One snippet of the source, and what stands in its place in a broken variant. */
export interface Patch {
  file: string;
  find: string;
  put: string;
}

/** A product with one safeguard less. */
interface Variant {
  /** The statement that does not hold any more. */
  breaks: keyof typeof checks;
  patches: readonly Patch[];
}

/** Variants that the seeds must find, by their names. */
export const variants: Record<string, Variant> = {
  'no-missing': {
    breaks: 'everyRecordIsInTheLedgerOnce',
    patches: [
      {
        file: 'lambdas/report-run/write-ledger.ts',
        find: "if (outcome === 'skipped') continue;",
        put: "if (outcome === 'skipped' || outcome === 'missing') continue;",
      },
    ],
  },
  'no-recovery': {
    breaks: 'everyRecordIsInTheLedgerOnce',
    patches: [
      {
        file: 'lambdas/recover-runs/recover-runs.ts',
        find: 'await pMap(await dependencies.table.listOpenRuns(), recover,',
        put: 'await pMap((await dependencies.table.listOpenRuns()).slice(0, 0), recover,',
      },
    ],
  },
  'no-lock': {
    breaks: 'nothingRanTwice',
    patches: [
      {
        file: 'lambdas/shared/domain/lock/lock.ts',
        find: 'if (isFirst && (current.owner === undefined || ownerIsOver)) {',
        put: 'if (isFirst || !isFirst) {',
      },
      {
        file: 'lambdas/shared/domain/lock/lock.ts',
        find: 'return lock?.owner !== undefined && isSame(lock.owner, job) && lock.fence === fence;',
        put: 'return lock !== undefined || isSame(job, job) || fence > 0;',
      },
      {
        file: 'lambdas/prepare-job/scan-input-folder.ts',
        find: 'if (!(await isOverAtBedrock(owner, judging))) {',
        put: 'if (judging.now() > 0) continue;\n    if (!(await isOverAtBedrock(owner, judging))) {',
      },
    ],
  },
  'no-token': {
    breaks: 'nothingRanTwice',
    patches: [
      {
        file: 'lambdas/start-job/start-job.ts',
        find: 'return await bedrock.create(request);',
        put: 'return await bedrock.create({ ...request, jobName: request.jobName.slice(0, 20) + now(), clientRequestToken: String(now()) });',
      },
    ],
  },
  'no-claims': {
    breaks: 'nothingRanTwice',
    patches: [
      {
        file: 'lambdas/shared/domain/claim/claim.ts',
        find: "if (claim.etag !== etag || state === 'open' || (isRetry && state === 'failed')) return undefined;",
        put: "if (claim.etag !== etag || state !== 'failed') return undefined;",
      },
    ],
  },
  // Either of the two alone holds.
  'no-fencing': {
    breaks: 'nothingRanTwice',
    patches: [
      {
        file: 'lambdas/shared/domain/job/job-liveness.ts',
        find: 'nowMs - Date.parse(preparing.since) < functionGoneMs',
        put: 'nowMs < functionGoneMs',
      },
      {
        file: 'lambdas/shared/domain/lock/lock.ts',
        find: 'return lock?.owner !== undefined && isSame(lock.owner, job) && lock.fence === fence;',
        put: 'return lock !== undefined || isSame(job, job) || fence > 0;',
      },
    ],
  },
  'join-by-order': {
    breaks: 'everySuccessHasItsResult',
    patches: [
      {
        file: 'lambdas/collect-results/collect-results.ts',
        find: 'const planned = records.planned(number);',
        put: 'const planned = records.planned(Math.min(joined.lines, records.count));',
      },
    ],
  },
  'owner-by-name': {
    breaks: 'mediaAreAsBefore',
    patches: [
      {
        file: 'lambdas/clean-up/remove-inputs.ts',
        find: '      if (now() - lastModified.getTime() > unknownMs) unknown.push(key);\n      else\n',
        put: '      if (now() - lastModified.getTime() > 0) await store.deleteObjects([key]);\n      else\n',
      },
    ],
  },
  'no-release': {
    breaks: 'nothingIsLeft',
    patches: [
      {
        file: 'lambdas/shared/domain/job/settle-job.ts',
        find: "if (job.layout === 'root') await releaseLock(job, table);",
        put: "if (job.layout !== 'root') await releaseLock(job, table);",
      },
    ],
  },
  'no-end': {
    breaks: 'everyExecutionEnded',
    patches: [
      {
        file: 'lambdas/poll-job/poll-job.ts',
        find: 'const { over } = statusMeaning[seen.status];',
        put: "const over = seen.status === 'Completed';",
      },
      {
        file: 'lambdas/poll-job/poll-job.ts',
        find: 'if (ageSeconds > (job.timeoutHours + overdueHours) * 3600) {',
        put: 'if (ageSeconds > overdueHours * 1e9) {',
      },
    ],
  },
};
