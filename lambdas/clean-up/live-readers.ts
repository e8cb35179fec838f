import type { BatchJobs, LiveJob } from '../shared/domain/ports/batch-jobs.ts';

/** Says who of Bedrock's live jobs may read an object or a folder, in words for people; undefined where nobody does. */
export type LiveReaders = (uri: string, isMeant?: (job: LiveJob) => boolean) => Promise<string | undefined>;

/** So long an answer of Bedrock's serves, in milliseconds: what it is asked for is two weeks old, so that nothing new needs it. */
const servesMs = 60_000;

/** Asks Bedrock for the jobs of this account and Region that are not over, of whoever; of other accounts nobody can tell. */
export function liveReaders({ bedrock, now }: { bedrock: Pick<BatchJobs, 'listLive'>; now(): number }): LiveReaders {
  let known: { jobs: readonly LiveJob[]; atMs: number } | undefined;

  return async (uri, isMeant = () => true) => {
    if (known === undefined || now() - known.atMs >= servesMs) known = { jobs: await bedrock.listLive(), atMs: now() };
    // With and without a slash at its end, a folder or the file itself: what may mean the object counts.
    const reader = known.jobs.find(
      (job) => (uri.startsWith(job.inputUri) || job.inputUri.startsWith(uri)) && isMeant(job),
    );
    return reader && `Bedrock job ${reader.jobName}, which is not over, reads ${reader.inputUri}`;
  };
}
