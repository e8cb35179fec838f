import { pMapIterable } from 'p-map';
import { columnsIn } from '../../../shared/domain/analysis/analysis.ts';
import { RequestRefused } from '../../../shared/domain/errors/errors.ts';
import { parseS3Uri } from '../../../shared/domain/keys.ts';
import { hashSet } from '../hash-set.ts';
import { expectedMedia, judgeMedia } from '../judge-media.ts';
import { checkList, refuseLongLines } from '../read-list.ts';
import { headOf, headsAtOnce } from '../select-keys.ts';
import {
  askedTwice,
  type SelectedRow,
  type SelectFrom,
  type Selection,
  type SkippedMedia,
  selectionOf,
} from '../selection.ts';
import { askerOf } from './manifest-asks.ts';
import { ndjsonRows } from './manifest-ndjson.ts';
import type { ManifestRow } from './manifest-row.ts';

/** Every turn reads the manifest again, and this much takes a minute. */
const maxBytes = 1_000_000_000;

/** A row whose media is looked up in the bucket. */
interface Task {
  key: string;
  row: SelectedRow;
}

/**
 * Selects the media of a manifest. Rows that cannot be used are skipped by line.
 *
 * @param isNamedElsewhere whether the request also reaches a key by prefix or name
 * @throws {RequestRefused} for a manifest that cannot be read, or has no usable row
 */
export async function* selectFromManifest(
  manifest: string,
  isNamedElsewhere: (key: string) => boolean,
  from: SelectFrom,
): AsyncGenerator<Selection> {
  const { store, kinds, isDryRun, analyses, turn } = from;
  const { position } = turn;
  const key = await checkList({ field: 'media.manifest', named: manifest, maxBytes }, store, position);
  const needed = [...new Set(analyses.flatMap(({ prompt }) => columnsIn(prompt)))];
  const read = /\.csv$/i.test(key) ? (await import('./manifest-csv.ts')).csvRows : ndjsonRows;
  const rows = refuseLongLines(
    'media.manifest',
    read(store.readPieces(key), needed),
    'close its quotes, or shorten it',
  );
  const asksOf = askerOf(analyses, isNamedElsewhere, hashSet('rows and prompts in its manifest'));

  for await (const selection of pMapIterable(
    tasks(),
    async (task) => ('row' in task ? lookUp(task) : task),
    headsAtOnce,
  )) {
    if ('media' in selection || selection.reason === askedTwice) position.usableRows += 1;
    else position.firstProblem ??= `line ${selection.line}: ${selection.reason}`;
    yield selection;
  }
  if (turn.isUnfinished() || position.usableRows > 0) return;
  throw new RequestRefused(
    `Manifest ${JSON.stringify(key)} of the request has ${position.rows} rows, none of which can be analysed (${
      position.firstProblem ?? 'it is empty'
    }); expected keys of at least ${expectedMedia(kinds)}: correct it.`,
  );

  async function* tasks(): AsyncGenerator<Task | SkippedMedia> {
    let number = 0;
    for await (const row of rows) {
      number += 1;
      // Rows of earlier turns too, because a later row may ask the same.
      const task = taskOf(row);
      if (number <= position.rows) continue;
      if (!turn.hasTime()) return;
      position.rows = number;
      yield task;
    }
  }

  function taskOf(row: ManifestRow): Task | SkippedMedia {
    const { line } = row;
    if ('bad' in row) return { key: row.key, reason: row.bad, line };
    const uri = parseS3Uri(row.key);
    if (uri !== undefined && uri.bucket !== store.bucket) {
      return { key: row.key, reason: 'the row names another bucket', line };
    }
    const mediaKey = uri?.key ?? row.key;
    const { asks, isAgain } = asksOf(mediaKey, row.columns);
    const reasons = [...asks.values()].map((ask) => ('skipped' in ask ? ask.skipped : undefined));
    const [reason] = reasons;
    const isOneReason = reason !== undefined && reasons.every((other) => other === reason);
    return isOneReason ? { key: mediaKey, reason, line } : { key: mediaKey, row: { line, asks, isAgain } };
  }

  async function lookUp({ key: mediaKey, row }: Task): Promise<Selection> {
    const head = await headOf(mediaKey, store);
    if (head === undefined) return { key: mediaKey, reason: 'the object is not in the bucket', line: row.line };
    const object = { key: mediaKey, ...head };
    const remedy = `take line ${row.line} out of the manifest`;
    const selection = selectionOf(object, judgeMedia(object, { kinds, remedy, isDryRun }));
    return 'media' in selection ? { ...selection, row } : { ...selection, line: row.line };
  }
}
