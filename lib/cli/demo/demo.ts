import { rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { namesText } from '../../../lambdas/shared/text/amounts.ts';
import { plainLine } from '../../../lambdas/shared/text/plain-text.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { type Session, withSession } from '../aws/session.ts';
import { startLocalStack, startUnlessInterrupted } from '../local/local-stack.ts';
import { startRun } from '../run/start-run.ts';
import { watchRun } from '../run/watch-run.ts';
import { emptyBucket, uploadMedia } from './media-bucket.ts';
import { expectedFiles, type MediaFolder, prefixesOf, readMediaFolder } from './media-folder.ts';

/** The clips that come with the project. */
const sampleMedia = join(import.meta.dirname, '../../../test/support/media');

const note =
  '\nThe answers are simulated: the local AWS read codec, length and size from the real files, ' +
  'and no model was called.\n';

/** Skipped files in the message. */
const maxNamed = 5;

/** Options of `demo`. */
export interface DemoOptions {
  /** Default: the sample clips. */
  media?: string;
  data: string;
  /** Keeps what earlier demos left in the bucket. */
  keep?: boolean;
}

/** `media-batch demo`: analyses media on this machine with nothing to configure. Returns the exit code. */
export async function demo(options: DemoOptions, context: Context, start = startLocalStack): Promise<number> {
  const { output } = context;
  const media = await readMediaFolder(resolve(options.media ?? sampleMedia));
  if (options.media !== undefined) output.err.write(skippedText(media));
  output.err.write('Deploying the stack into a local AWS in this process …\n');
  // The same settings for everyone, whatever the environment. A folder of its own, because the bucket is emptied: the
  // data of `media-batch local` must stay.
  const dataFolder = resolve(options.data, 'demo');
  const settings = { dataFolder, clock: 'fast', region: 'us-east-1', environment: {} } as const;
  const localAws = await startUnlessInterrupted(start, settings, context.interrupted);
  if (localAws === undefined) return exitCodes.interrupted;
  try {
    const here = { ...context, environment: { AWS_ENDPOINT_URL: localAws.endpoint } };
    const work = (session: Session) => runDemo(media, session, { dataFolder, keep: options.keep }, context);
    const exitCode = await withSession({}, here, work);
    output.err.write(exitCode === exitCodes.interrupted ? 'Interrupted: the run ended with the local AWS.\n' : note);
    return exitCode;
  } finally {
    await localAws.close();
  }
}

async function runDemo(
  media: MediaFolder,
  session: Session,
  { dataFolder, keep }: { dataFolder: string; keep?: boolean },
  context: Context,
): Promise<number> {
  const { s3 } = session;
  const { bucket } = session.stack;
  const fromHere = relative('', join(dataFolder, 'results'));
  const resultsFolder = fromHere.startsWith('..') ? join(dataFolder, 'results') : fromHere;
  if (!keep)
    await Promise.all([
      emptyBucket(s3, bucket, context.interrupted),
      rm(resultsFolder, { recursive: true, force: true }),
    ]);
  await uploadMedia(s3, bucket, media.files, context.interrupted);
  const prefixes = prefixesOf(media.files);
  const places = prefixes.map((prefix) => `s3://${bucket}/${prefix}`).join(', ');
  context.output.err.write(`${media.files.length} files uploaded to ${plainLine(places)}\n`);
  const request = { media: { prefixes }, analyses: ['summary', 'chapters', 'elements'], layout: 'root' };
  const run = await startRun(request, session, context);
  return (await watchRun(run, session, { resultsFolder }, context)).exitCode;
}

function skippedText({ unsupported, others }: MediaFolder): string {
  const lines = [
    { keys: others, why: 'are hidden or not media' },
    { keys: unsupported, why: `have a format that Bedrock does not accept (expected ${expectedFiles})` },
  ];
  return lines
    .filter(({ keys }) => keys.length > 0)
    .map(({ keys, why }) => `Skipped, because they ${why}: ${plainLine(namesText(keys, maxNamed))}\n`)
    .join('');
}
