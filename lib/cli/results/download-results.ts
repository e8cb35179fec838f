import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { mediaStore } from '../../../lambdas/shared/aws/s3/media-store.ts';
import { parseS3Uri } from '../../../lambdas/shared/domain/keys.ts';
import { filenameOf } from '../../../lambdas/shared/domain/media/media.ts';
import type { MediaStore } from '../../../lambdas/shared/domain/ports/media-store.ts';
import type { Outcome } from '../../../lambdas/shared/domain/run/outcome.ts';
import { besideResults } from '../../../lambdas/shared/domain/run/report-links.ts';
import { resultsListLineSchema } from '../../../lambdas/shared/domain/run/results-list.ts';
import { CommandProblem } from '../../program/problem.ts';

const downloadsAtOnce = 8;

/** Where an outcome says that a run's answers are. */
export type AnswersOf = Pick<
  Outcome,
  'runId' | 'records' | 'resultsUri' | 'resultsListUri' | 'resultsCsvUri' | 'reportUri'
>;

interface ResultFile {
  key: string;
  /** Below the folder. */
  name: string;
  /** The page of the run, whose links are to lead to the files beside it. */
  isReport?: boolean;
}

/**
 * Downloads the results of a run, and of no other: those of the records that succeeded. Each becomes a file
 * `{analysis}/{media key}.json` below the folder, with the run's lists and its page, which come first, beside them; what is already
 * there under such a name is replaced.
 *
 * @returns how many files there are, and the keys of those that are gone from the bucket
 * @throws CommandProblem when a result would lie outside the folder, or cannot be written
 */
export async function downloadResults(
  s3: S3Client,
  outcome: AnswersOf,
  folder: string,
  signal: AbortSignal,
  onFile: () => void = () => {},
): Promise<{ files: number; gone: string[] }> {
  const { bucket, key: resultsPrefix } = placeOf(outcome.resultsUri);
  let files = 0;
  const gone: string[] = [];
  const download = async ({ key, name, isReport }: ResultFile) => {
    const path = pathIn(folder, name);
    const get = new GetObjectCommand({ Bucket: bucket, Key: key });
    const object = await s3.send(get, { abortSignal: signal }).catch(unlessGone);
    if (object === undefined) {
      gone.push(key);
      return;
    }
    files += 1;
    const { Body } = object;
    if (!(Body instanceof Readable)) throw new TypeError(`The object ${key} came without a body, expected its answer.`);
    const content = isReport ? [besideResults(await text(Body))] : Body;
    try {
      await mkdir(dirname(path), { recursive: true });
      // Under its own name it is there as a whole or not at all.
      await pipeline(content, createWriteStream(`${path}.part`), { signal });
      await rename(`${path}.part`, path);
      onFile();
    } catch (cause) {
      await rm(`${path}.part`, { force: true }).catch(() => undefined);
      if (signal.aborted) throw signal.reason;
      const why = cause instanceof Error ? cause.message : cause;
      throw new CommandProblem(`The result ${path} cannot be written (${why}): choose another folder.`, { cause });
    }
  };
  const running = new Set<Promise<void>>();
  try {
    await pMap(
      filesOf(),
      (file) => {
        const one = download(file).finally(() => running.delete(one));
        running.add(one);
        return one;
      },
      { concurrency: downloadsAtOnce, signal },
    );
  } finally {
    // What was under way beside one that failed, or at an interruption, still has its part of a file to remove.
    await Promise.allSettled(running);
  }
  return { files, gone };

  async function* filesOf(): AsyncGenerator<ResultFile> {
    const { resultsListUri, resultsCsvUri, reportUri } = outcome;
    for (const uri of [resultsListUri, resultsCsvUri, reportUri]) {
      if (uri !== undefined) yield { key: placeOf(uri).key, name: filenameOf(uri), isReport: uri === reportUri };
    }
    for await (const key of resultKeys(mediaStore(s3, bucket), outcome)) {
      yield { key, name: key.slice(resultsPrefix.length) };
    }
  }
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof NoSuchKey)) throw error;
}

async function* resultKeys(store: Pick<MediaStore, 'readLines'>, outcome: AnswersOf): AsyncGenerator<string> {
  if (outcome.records.succeeded === 0) return;
  for await (const line of store.readLines(listPlaceOf(outcome).key)) {
    const { resultUri } = resultsListLineSchema.pick({ resultUri: true }).parse(JSON.parse(line));
    if (resultUri !== undefined) yield placeOf(resultUri).key;
  }
}

/** @throws CommandProblem for a run whose list could not be written, because parts of it were removed from the bucket */
export function listPlaceOf({ runId, resultsListUri, resultsUri }: Omit<AnswersOf, 'records'>) {
  if (resultsListUri !== undefined) return placeOf(resultsListUri);
  throw new CommandProblem(
    `Run ${runId} has no list of its results, because parts of it were removed from the bucket: see ${resultsUri}.`,
  );
}

/** Keys are for others to choose, and may name any place. @throws CommandProblem when it is not in the folder */
function pathIn(folder: string, name: string): string {
  const path = resolve(folder, name);
  const fromFolder = relative(resolve(folder), path);
  if (fromFolder !== '' && !fromFolder.startsWith('..') && resolve(fromFolder) !== fromFolder) return path;
  throw new CommandProblem(`The result "${name}" would lie outside ${folder}: download it by its key instead.`);
}

/** Bucket and key that an outcome names. @throws TypeError when it is no S3 URI, which no outcome has */
export function placeOf(uri: string): { bucket: string; key: string } {
  const place = parseS3Uri(uri);
  if (place === undefined) throw new TypeError(`The outcome names ${uri}, expected an s3:// URI.`);
  return place;
}
