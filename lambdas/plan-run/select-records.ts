import type { Analysis } from '../shared/analyses.ts';
import type { ClaimStates } from '../shared/claim-states.ts';
import { type ClaimTable, maxClaimsPerRead } from '../shared/claim-table.ts';
import { claimIdOf, whyNotNew } from '../shared/claims.ts';
import { whyKeyIsRefused } from '../shared/media.ts';
import type { PlannedRecord } from '../shared/plan.ts';
import type { Selection } from './select-media.ts';
import type { SkipList } from './skip-list.ts';

/** A record before it has a place in a job, with the fingerprint of what it asks. */
export interface Candidate {
  record: PlannedRecord;
  fingerprint: string;
}

/** What was reached on the way, for the plan. */
export interface Reached {
  media: number;
  records: number;
}

/** A record for each media and each analysis that is for it; everything else goes to the list of what is left out. */
export async function* candidatesOf(
  selections: AsyncIterable<Selection>,
  {
    bucket,
    analyses,
    skips,
    reached,
  }: { bucket: string; analyses: readonly Analysis[]; skips: SkipList; reached: Reached },
): AsyncGenerator<Candidate> {
  for await (const selection of selections) {
    if ('skipped' in selection) {
      await skips.skip({ key: selection.key, reason: selection.skipped });
      continue;
    }
    const { key, kind, etag, bytes } = selection.media;
    const copy = whyKeyIsRefused(bucket, key) === undefined ? undefined : true;
    reached.media += 1;
    for (const { name, media, fingerprint } of analyses) {
      if (!media.includes(kind)) {
        await skips.skip({ key, analysis: name, reason: `the analysis is not for ${kind}s` });
        continue;
      }
      reached.records += 1;
      yield { record: { key, etag, bytes, analysis: name, copy }, fingerprint };
    }
  }
}

/** All of the candidates. */
export async function* everyOne(candidates: AsyncIterable<Candidate>): AsyncGenerator<PlannedRecord> {
  for await (const { record } of candidates) yield record;
}

/** The candidates that no other run asks, has answered, or has seen fail for good; the others are left out. */
export async function* onlyNew(
  candidates: AsyncIterable<Candidate>,
  {
    bucket,
    claims,
    stateOf,
    skips,
  }: { bucket: string; claims: Pick<ClaimTable, 'readClaims'>; stateOf: ClaimStates; skips: SkipList },
): AsyncGenerator<PlannedRecord> {
  for await (const batch of batchesOf(candidates)) {
    const subjects = batch.map(({ record, fingerprint }) => ({ bucket, key: record.key, fingerprint }));
    const found = await claims.readClaims(subjects);
    for (const [at, { record }] of batch.entries()) {
      const subject = subjects[at];
      const claim = subject && found.get(claimIdOf(subject));
      const reason = claim && whyNotNew(claim, record.etag, await stateOf(claim));
      if (reason === undefined) yield record;
      else await skips.skip({ key: record.key, analysis: record.analysis, reason });
    }
  }
}

async function* batchesOf(candidates: AsyncIterable<Candidate>): AsyncGenerator<Candidate[]> {
  let batch: Candidate[] = [];
  for await (const candidate of candidates) {
    batch.push(candidate);
    if (batch.length < maxClaimsPerRead) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
