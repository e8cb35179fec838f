import { RequestRefused } from '../../../shared/domain/errors/errors.ts';
import type { PlannedRecord } from '../../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../../shared/domain/ports/media-store.ts';
import { isInvokeModel } from '../../../shared/domain/record/record.ts';
import { readNumberedLines } from '../../../shared/text/lines.ts';
import type { Turn } from '../../checkpoint.ts';
import { hashSet } from '../hash-set.ts';
import { checkList, refuseLongLines } from '../read-list.ts';
import { checkPrebuilt } from './check-prebuilt.ts';

/** The size of one job, which most requests make of it. */
const maxBytes = 1_000_000_000;

/**
 * The most that Nova takes in one request besides media in S3, 25 MB in the smaller reading of the unit:
 * https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
 */
const maxRecordBytes = 25_000_000;

/** The analysis name of prebuilt records. */
export const prebuiltAnalysis = 'records';

/**
 * Reads and checks the prebuilt records that a request names.
 *
 * @throws {RequestRefused} naming the first line that cannot be sent
 */
export async function* prebuiltRecords(
  named: string,
  { store, turn }: { store: Pick<MediaStore, 'bucket' | 'headObject' | 'readPieces'>; turn: Turn },
): AsyncGenerator<PlannedRecord> {
  const { position } = turn;
  const key = await checkList({ field: 'records', named, maxBytes }, store, position);
  const lines = refuseLongLines('records', readNumberedLines(store.readPieces(key), maxRecordBytes), 'shorten it');
  const seen = hashSet('prebuilt records');
  let first: { line: number; isInvokeModel: boolean } | undefined;
  let number = 0;
  for await (const { number: line, text } of lines) {
    number += 1;
    const prebuilt = checkPrebuilt(text, store.bucket);
    if ('problem' in prebuilt) throw refusalOf(line, prebuilt.problem);
    const { recordId, modelInput } = prebuilt;
    if (!seen.add(recordId)) {
      throw refusalOf(line, `has the recordId ${JSON.stringify(recordId)} of a line before it; expected each ID once`);
    }
    first ??= { line, isInvokeModel: isInvokeModel(modelInput) };
    if (first.isInvokeModel !== isInvokeModel(modelInput)) throw refusalOf(line, mixedWith(first));
    if (number <= position.rows) continue;
    if (!turn.hasTime()) return;
    position.rows = number;
    yield { key: recordId, etag: '', bytes: 0, analysis: prebuiltAnalysis, prebuilt: { modelInput } };
  }
  if (number > 0) return;
  throw new RequestRefused(
    `"records" of the request, ${JSON.stringify(key)}, has no line; expected at least one {"recordId", "modelInput"}: name another list.`,
  );
}

function mixedWith({ line, isInvokeModel }: { line: number; isInvokeModel: boolean }): string {
  return (
    `${isInvokeModel ? 'has no "schemaVersion" and is one for Converse' : 'has a "schemaVersion" and is one for InvokeModel'}, while ` +
    `line ${line} is one for ${isInvokeModel ? 'InvokeModel' : 'Converse'}; expected all records in the words of one API, as a job takes them`
  );
}

function refusalOf(line: number, problem: string): RequestRefused {
  return new RequestRefused(`Line ${line} of "records" ${problem}: correct it, or take the line out.`);
}
