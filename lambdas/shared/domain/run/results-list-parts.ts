import { type PartBuffer, partBuffer } from '../../text/upload-parts.ts';
import type { Job } from '../job/job.ts';
import { type KeyPrefixes, resultsListPartsPrefix } from '../keys.ts';
import type { MediaStore } from '../ports/media-store.ts';
import { csvRowOf, type ResultsListLine } from './results-list.ts';

/** The formats of the list of a run: for programs and for spreadsheets. */
export const listFormats = ['ndjson', 'csv'] as const;
export type ListFormat = (typeof listFormats)[number];

/** In characters, each of at least a byte: the server copies parts of 5 MiB and more. */
const partCharacters = 6 * 1024 * 1024;

type PartsOf = Pick<Job, 'runId' | 'jobName'>;

/**
 * Writes a job's part of the results list, in objects named after the output lines that they cover.
 *
 * The output of a finished job never changes, so a repeated or late call writes the same under the same name.
 *
 * @param from lines that earlier calls have covered
 */
export function resultsListParts(
  job: PartsOf,
  from: number,
  store: Pick<MediaStore, 'writeParts'>,
  prefixes: KeyPrefixes,
) {
  const folder = resultsListPartsPrefix(prefixes, job.runId, job.jobName);
  let covered = from;
  let characters = 0;
  // As bytes: for texts that stay for a while, the garbage collector keeps several times as much.
  const held: Record<ListFormat, PartBuffer> = { ndjson: partBuffer(), csv: partBuffer() };

  async function complete(number: number): Promise<void> {
    if (number <= covered) return;
    for (const format of listFormats) {
      await store.writeParts(`${folder}${covered}-${number}.${format}`, whole(held[format]));
      held[format].clear();
    }
    covered = number;
    characters = 0;
  }

  return {
    /** Adds the result of an output line, by its number: a line of the list, or nothing. */
    async add(line: ResultsListLine | undefined, number: number): Promise<void> {
      if (line === undefined || number <= covered) return;
      const ndjson = JSON.stringify(line);
      held.ndjson.add(`${ndjson}\n`);
      held.csv.add(`${csvRowOf(line)}\n`);
      characters += ndjson.length;
      if (characters >= partCharacters) await complete(number);
    },
    /** Writes the rest; this many output lines are covered then. */
    complete,
  };
}

async function* whole(held: PartBuffer): AsyncGenerator<Uint8Array> {
  yield* held.takeAll();
}

/** Returns parts that cover every output line of a job once; undefined if some are missing (removed). */
export async function coveringParts(
  job: PartsOf & { outputLines: number },
  format: ListFormat,
  store: Pick<MediaStore, 'listObjects'>,
  prefixes: KeyPrefixes,
): Promise<{ key: string; bytes: number }[] | undefined> {
  const folder = resultsListPartsPrefix(prefixes, job.runId, job.jobName);
  const parts: { key: string; bytes: number; from: number; to: number }[] = [];
  for await (const { key, bytes } of store.listObjects(folder)) {
    const [, from, to, ending] = /^(\d+)-(\d+)\.(\w+)$/.exec(key.slice(folder.length)) ?? [];
    if (ending === format) parts.push({ key, bytes, from: Number(from), to: Number(to) });
  }
  parts.sort((one, other) => one.from - other.from);
  // A repeated call may have stopped at another line, so some parts lead nowhere, and several to the same line.
  const leadingTo = new Map<number, (typeof parts)[number]>();
  for (const part of parts) if (part.from === 0 || leadingTo.has(part.from)) leadingTo.set(part.to, part);
  const covering: { key: string; bytes: number }[] = [];
  for (let at = job.outputLines; at > 0; ) {
    const part = leadingTo.get(at);
    if (part === undefined) return undefined;
    covering.unshift({ key: part.key, bytes: part.bytes });
    at = part.from;
  }
  return covering;
}
