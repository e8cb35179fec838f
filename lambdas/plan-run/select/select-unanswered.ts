import { pMapIterable } from 'p-map';
import { recordFingerprint } from '../../shared/domain/analysis/analysis.ts';
import { ledgerKey } from '../../shared/domain/keys.ts';
import { whyKeyIsRefused } from '../../shared/domain/media/media.ts';
import { type Plan, type PlannedRecord, parsePlannedRecord } from '../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import { type SubmittedEntry, submittedEntrySchema } from '../../shared/domain/record/ledger.ts';
import { roomAfterTruncation } from '../attempt/retry-records.ts';
import { hashSet } from './hash-set.ts';
import { judgeMedia } from './judge-media.ts';
import { headOf, headsAtOnce } from './select-keys.ts';
import type { Candidate } from './select-records.ts';
import { type SelectFrom, selectionOf } from './selection.ts';
import type { SkipList } from './skip-list.ts';

/** The most records of one media that are looked up together, so that memory stays small. */
const maxGroup = 100;

/** An unanswered record of the retried run, with its ledger entry. */
interface Unanswered {
  record: PlannedRecord;
  entry: SubmittedEntry;
}

export interface SelectUnanswered extends SelectFrom {
  store: SelectFrom['store'] & Pick<MediaStore, 'readLines'>;
  /** The most tokens of an answer of the model. */
  maxOutputTokens: number;
  skips: SkipList;
}

/**
 * Selects the failed and missing records of an ended run, for their media as they are now. A truncated answer gets more
 * tokens. Media that are gone or cannot be analysed any more are skipped.
 */
export async function* selectUnanswered(plan: Plan, from: SelectUnanswered): AsyncGenerator<Candidate> {
  const { store, turn, skips, maxOutputTokens } = from;
  const { position } = turn;
  const analyses = new Map(plan.analyses.map((analysis) => [analysis.name, analysis]));
  const seen = hashSet('media of a retry');
  const judged = pMapIterable(
    groupsInTime(),
    async (group) => ({ group, selection: await lookUp(group) }),
    headsAtOnce,
  );
  for await (const { group, selection } of judged) {
    for (const { record, entry } of group) {
      const { key, analysis, columns, variant, prebuilt } = record;
      const asked = analyses.get(analysis);
      if (asked === undefined) throw new TypeError(`Run ${plan.runId} asked ${analysis}, which its plan lacks.`);
      if (selection !== undefined && 'reason' in selection) {
        await skips.skip({ key, analysis, reason: selection.reason });
        continue;
      }
      const maxTokens = roomAfterTruncation(record, lastCut(entry), maxOutputTokens);
      position.candidates += 1;
      if (selection === undefined) {
        yield { record: { key, etag: '', bytes: 0, analysis, prebuilt, maxTokens }, fingerprint: asked.fingerprint };
        continue;
      }
      if (seen.add(key)) position.media += 1;
      const { etag, bytes } = selection.media;
      const copy = whyKeyIsRefused(store.bucket, key) === undefined ? undefined : true;
      yield {
        record: { key, etag, bytes, analysis, copy, maxTokens, columns, variant },
        fingerprint: recordFingerprint(asked, { columns }),
      };
    }
  }

  /** Records of the same media follow each other, so each media is looked up once. */
  async function* groupsInTime(): AsyncGenerator<Unanswered[]> {
    const { rows: doneBefore } = position;
    let group: Unanswered[] = [];
    let number = 0;
    for await (const each of unansweredIn(plan, from)) {
      number += 1;
      if (number <= doneBefore) {
        seen.add(each.record.key);
        continue;
      }
      const isOther = group[0] !== undefined && group[0].record.key !== each.record.key;
      if (isOther || group.length === maxGroup) {
        if (!turn.hasTime()) return;
        position.rows += group.length;
        yield group;
        group = [];
      }
      group.push(each);
    }
    if (group.length === 0 || !turn.hasTime()) return;
    position.rows += group.length;
    yield group;
  }

  /** Returns undefined for prebuilt records, which name their media themselves. */
  async function lookUp([first]: readonly Unanswered[]) {
    if (first === undefined || first.record.prebuilt !== undefined) return undefined;
    const { key } = first.record;
    const head = await headOf(key, store);
    if (head === undefined) return { key, reason: 'the object is not in the bucket any more' };
    // Media that were replaced by something unusable must not stop the retry of the others.
    return selectionOf({ key, ...head }, judgeMedia({ key, ...head }, from));
  }
}

/** The tokens at which the answer was last truncated: each later attempt had more than the one before. */
function lastCut({ truncatedAtTokens, earlier = [] }: SubmittedEntry): Pick<SubmittedEntry, 'truncatedAtTokens'> {
  return {
    truncatedAtTokens:
      truncatedAtTokens ?? earlier.findLast((attempt) => attempt.truncatedAtTokens !== undefined)?.truncatedAtTokens,
  };
}

/** Reads the records of the first attempt beside the ledger, which has the submitted ones in the same order. */
async function* unansweredIn(
  { runId, firstAttempt }: Plan,
  { store, own }: Pick<SelectUnanswered, 'store' | 'own'>,
): AsyncGenerator<Unanswered> {
  if (firstAttempt === undefined) return;
  const ledger = store.readLines(ledgerKey(own, runId));
  let next = await nextEntry();
  for await (const line of store.readLines(firstAttempt.recordsKey)) {
    if (next === undefined) return;
    const record = parsePlannedRecord(line);
    const { key, analysis, variant } = record;
    if (key !== next.key || analysis !== next.analysis || variant !== next.variant) continue;
    if (next.outcome !== 'succeeded') yield { record, entry: next };
    next = await nextEntry();
  }

  async function nextEntry(): Promise<SubmittedEntry | undefined> {
    const { done, value } = await ledger.next();
    return done ? undefined : submittedEntrySchema.parse(JSON.parse(value));
  }
}
