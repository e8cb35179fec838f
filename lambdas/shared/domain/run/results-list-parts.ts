import { type PartBuffer, partBuffer } from '../../text/upload-parts.ts';
import type { Job } from '../job/job.ts';
import { type KeyPrefixes, resultsListPartsPrefix } from '../keys.ts';
import type { MediaStore } from '../ports/media-store.ts';
import { csvRowOf, type ResultsListLine } from './results-list.ts';

/** In which the list of a run is written: for programs, and for spreadsheets. */
export const listFormats = ['ndjson', 'csv'] as const;
export type ListFormat = (typeof listFormats)[number];

/** A part is copied on the server where it has 5 MiB; this is as much in characters, of which each has a byte at least. */
const partCharacters = 6 * 1024 * 1024;

type PartsOf = Pick<Job, 'runId' | 'jobName'>;

/**
 * Writes what a job adds to the list of its run, in parts that are named after the output lines they cover. The output never
 * changes once the job is over, so that of two parts with one name both are the same: a repeated turn, and one that is late, write
 * nothing that is not so.
 *
 * @param from lines that earlier turns have covered
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
  // As bytes: of texts that stay for a while the collector keeps several times as much.
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
    /** Takes what came of an output line, by its number: a line of the list, or nothing. */
    async add(line: ResultsListLine | undefined, number: number): Promise<void> {
      if (line === undefined || number <= covered) return;
      const ndjson = JSON.stringify(line);
      held.ndjson.add(`${ndjson}\n`);
      held.csv.add(`${csvRowOf(line)}\n`);
      characters += ndjson.length;
      if (characters >= partCharacters) await complete(number);
    },
    /** Writes what is left; so many output lines are covered then. */
    complete,
  };
}

async function* whole(held: PartBuffer): AsyncGenerator<Uint8Array> {
  yield* held.takeAll();
}

/**
 * The parts that cover all output lines of a job, each line once, out of all that turns have written; undefined where they do not,
 * because somebody removed some.
 */
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
  // A turn that was repeated may have stopped elsewhere, so that some parts lead nowhere, and several to one place.
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
