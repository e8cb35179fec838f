import { pMapIterable } from 'p-map';
import type { ClaimTable } from '../../shared/aws/dynamodb/claim-table.ts';
import { type Analysis, columnsIn, recordFingerprint } from '../../shared/domain/analysis/analysis.ts';
import { claimIdOf, whyNotNew } from '../../shared/domain/claim/claim.ts';
import type { ClaimStates } from '../../shared/domain/claim/claim-states.ts';
import { maxItemsPerRead } from '../../shared/domain/limits.ts';
import { whyKeyIsRefused } from '../../shared/domain/media/media.ts';
import type { PlannedRecord } from '../../shared/domain/plan/plan.ts';
import { inBatches } from '../../shared/text/batches.ts';
import type { PlanPosition } from '../checkpoint.ts';
import type { Ask, Selection } from './selection.ts';
import type { SkipList } from './skip-list.ts';

/** BatchGetItem requests at the same time, at about 10 ms each. */
const readsAtOnce = { concurrency: 4, backpressure: 8 };

/** A record that may be sent, with its fingerprint. */
export interface Candidate {
  record: PlannedRecord;
  fingerprint: string;
}

/** Makes a record of each media and each analysis that is for it; everything else is skipped. */
export async function* candidatesOf(
  selections: AsyncIterable<Selection>,
  {
    bucket,
    analyses,
    skips,
    position,
  }: { bucket: string; analyses: readonly Analysis[]; skips: SkipList; position: PlanPosition },
): AsyncGenerator<Candidate> {
  const withColumns = new Set(analyses.filter(({ prompt }) => columnsIn(prompt).length > 0).map(({ name }) => name));
  for await (const selection of selections) {
    if ('reason' in selection) {
      await skips.skip(selection);
      continue;
    }
    const { media, row } = selection;
    const { key, kind, etag, bytes } = media;
    const copy = whyKeyIsRefused(bucket, key) === undefined ? undefined : true;
    if (!row?.isAgain) position.media += 1;
    for (const analysis of analyses) {
      const { name } = analysis;
      const ask = analysis.media.includes(kind)
        ? (row?.asks.get(name) ?? askOutsideManifest(name))
        : { skipped: `the analysis is not for ${kind}s` };
      if ('skipped' in ask) {
        await skips.skip({ key, analysis: name, reason: ask.skipped, line: row?.line });
        continue;
      }
      position.candidates += 1;
      yield {
        record: { key, etag, bytes, analysis: name, copy, ...ask },
        fingerprint: recordFingerprint(analysis, ask),
      };
    }
  }

  function askOutsideManifest(name: string): Ask {
    return withColumns.has(name) ? { skipped: 'the prompt needs columns, which only rows of the manifest have' } : {};
  }
}

/** Returns all candidates. */
export async function* allCandidates(candidates: AsyncIterable<Candidate>): AsyncGenerator<PlannedRecord> {
  for await (const { record } of candidates) yield record;
}

/** Returns candidates that no other run asks, has answered, or has seen fail for good; the others are skipped. */
export async function* unclaimedOnly(
  candidates: AsyncIterable<Candidate>,
  {
    bucket,
    claims,
    stateOf,
    skips,
    isRetry,
  }: {
    bucket: string;
    claims: Pick<ClaimTable, 'readClaims'>;
    stateOf: ClaimStates;
    skips: SkipList;
    isRetry: boolean;
  },
): AsyncGenerator<PlannedRecord> {
  for await (const { batch, found } of pMapIterable(
    inBatches(candidates, maxItemsPerRead),
    readClaimsOf,
    readsAtOnce,
  )) {
    for (const [at, { record }] of batch.entries()) {
      const claim = found[at];
      const reason = claim && whyNotNew(claim, record.etag, await stateOf(claim), isRetry);
      if (reason === undefined) yield record;
      else await skips.skip({ key: record.key, analysis: record.analysis, reason });
    }
  }

  async function readClaimsOf(batch: readonly Candidate[]) {
    const subjects = batch.map(({ record: { key }, fingerprint }) => ({ bucket, key, fingerprint }));
    const claimed = await claims.readClaims(subjects);
    // Most media are new, and hashing each costs more than seeing that none of them is claimed.
    const found = subjects.map((subject) => (claimed.size === 0 ? undefined : claimed.get(claimIdOf(subject))));
    return { batch, found };
  }
}
