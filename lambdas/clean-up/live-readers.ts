import type { BatchJobs, LiveJob } from '../shared/domain/ports/batch-jobs.ts';

/** Names the live Bedrock job that may read an object or a folder, as words for people; undefined where none does. */
export type LiveReaders = (uri: string, isMeant?: (job: LiveJob) => boolean) => Promise<string | undefined>;

/** Milliseconds for which Bedrock's answer is reused: it is asked about files that are two weeks old. */
const servesMs = 60_000;

/** Lists the live jobs of this account and Region; jobs of other accounts cannot be seen. */
export function liveReaders({ bedrock, now }: { bedrock: Pick<BatchJobs, 'listLive'>; now(): number }): LiveReaders {
  let known: { jobs: readonly LiveJob[]; atMs: number } | undefined;

  return async (uri, isMeant = () => true) => {
    if (known === undefined || now() - known.atMs >= servesMs) known = { jobs: await bedrock.listLive(), atMs: now() };
    // An input with or without a trailing slash, a folder or the file itself: anything that may mean the object counts.
    const reader = known.jobs.find(
      (job) => (uri.startsWith(job.inputUri) || job.inputUri.startsWith(uri)) && isMeant(job),
    );
    return reader && `Bedrock job ${reader.jobName}, which is not over, reads ${reader.inputUri}`;
  };
}
