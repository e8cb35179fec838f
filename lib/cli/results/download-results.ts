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

/** The fields of an outcome that locate a run's results. */
export type AnswersOf = Pick<
  Outcome,
  'runId' | 'records' | 'resultsUri' | 'resultsListUri' | 'resultsCsvUri' | 'reportUri'
>;

interface ResultFile {
  key: string;
  /** Path below the folder. */
  name: string;
  /** The report, whose links must lead to the files beside it. */
  isReport?: boolean;
}

/**
 * Downloads the results of a run: its lists and report, then a file `{analysis}/{media key}.json` for each record that
 * succeeded. Files of the same names are replaced.
 *
 * @returns the number of files, and the keys of results that are gone from the bucket
 * @throws CommandProblem when a result would be outside the folder, or cannot be written
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
    if (!(Body instanceof Readable)) throw new TypeError(`S3 returned no body for the object ${key}.`);
    const content = isReport ? [besideResults(await text(Body))] : Body;
    try {
      await mkdir(dirname(path), { recursive: true });
      // A file gets its own name once it is complete.
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
    // After a failure or an interruption, the other downloads still remove their partial files.
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

/**
 * @throws CommandProblem for a run whose list could not be written, because parts of it were removed from the bucket
 */
export function listPlaceOf({ runId, resultsListUri, resultsUri }: Omit<AnswersOf, 'records'>) {
  if (resultsListUri !== undefined) return placeOf(resultsListUri);
  throw new CommandProblem(
    `Run ${runId} has no list of its results, because parts of it were removed from the bucket: see ${resultsUri}.`,
  );
}

/** Others choose keys, which may name any path. @throws CommandProblem for a path outside the folder */
function pathIn(folder: string, name: string): string {
  const path = resolve(folder, name);
  const fromFolder = relative(resolve(folder), path);
  if (fromFolder !== '' && !fromFolder.startsWith('..') && resolve(fromFolder) !== fromFolder) return path;
  throw new CommandProblem(`The result "${name}" would be outside ${folder}: download it by its key instead.`);
}

/** Bucket and key of a URI in an outcome. @throws TypeError if it is not an S3 URI */
export function placeOf(uri: string): { bucket: string; key: string } {
  const place = parseS3Uri(uri);
  if (place === undefined) throw new TypeError(`The outcome names ${uri}, expected an s3:// URI.`);
  return place;
}
