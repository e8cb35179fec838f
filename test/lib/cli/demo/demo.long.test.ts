import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { models } from '../../../../lambdas/shared/domain/model/models.ts';
import { demo } from '../../../../lib/cli/demo/demo.ts';
import { type LocalAws, startLocalAws } from '../../../../lib/local-aws/start.ts';
import { localConnection } from '../../../../lib/program/connection.ts';
import { sampleClips, sampleMediaFolder } from '../../../support/clips.ts';
import { functionsInProcess } from '../../../support/in-process/start-in-process.ts';
import { capturedContext } from '../captured-context.ts';
import { bareEnvironment, bin, type ChildEnd, runNode } from '../child.ts';

let folder = '';
let first: ChildEnd;
/** What the first demo has synthesized, so that the others start sooner. */
let templateFile = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-batch-demo-'));
  first = await runNode([bin, 'demo'], { env: bareEnvironment(folder), cwd: folder });
  const assembly = join(folder, '.local/demo/cdk.out');
  const template = (await readdir(assembly)).find((name) => name.endsWith('.template.json'));
  templateFile = join(assembly, template ?? 'none');
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder of media with these clips. */
async function mediaFolder(clips: Record<string, string>) {
  const media = await mkdtemp(join(folder, 'media-'));
  for (const [name, clip] of Object.entries(clips)) {
    await mkdir(join(media, name, '..'), { recursive: true });
    await cp(join(sampleMediaFolder, clip), join(media, name));
  }
  return media;
}

/** The demo in this process, with its functions, and how often it closed the local AWS that it started. */
async function runDemo(
  options: { media?: string; data?: string; keep?: boolean },
  onReady: (localAws: LocalAws) => unknown = () => {},
  { context, written } = capturedContext(),
) {
  const closed: string[] = [];
  // The functions want the machine too, so a look now and then is enough.
  const patient = { ...context, pause: () => setTimeout(20) };
  const data = options.data ?? (await mkdtemp(join(folder, 'data-')));
  const exitCode = await demo({ ...options, data }, patient, async ({ dataFolder, region }) => {
    const localAws = await startLocalAws({ models, templateFile, dataFolder, region, ...functionsInProcess() });
    await onReady(localAws);
    const close = async () => {
      closed.push(localAws.endpoint);
      await localAws.close();
    };
    return { ...localAws, close };
  });
  return { exitCode, closed, ...written };
}

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('the demo', () => {
  it('analyses every sample clip with nothing configured', () => {
    const { exitCode, out, err } = first;

    expect(err).toContain(`${sampleClips.length} files uploaded to s3://`);
    expect(err).toContain('The answers are simulated');
    expect(out).toMatch(/^records +120 of 120 succeeded$/m);
    expect(out).toMatch(/^cost +\$0\.\d+ as a batch, \$0\.\d+ on demand/m);
    expect(out).toMatch(/^batchJobArn +arn:aws:bedrock:/m);
    expect(out).toMatch(/^batchInputS3Key +batch_input_\S+\.jsonl$/m);
    expect(out).toMatch(/^batchOutputS3Prefix +nova\/batch\/output\/\S+\/$/m);
    expect(exitCode).toBe(0);
  });

  it('says where the results are on this machine', async () => {
    const results = /^on this machine +(.+)$/m.exec(first.out)?.[1] ?? '';
    const files = await filesUnder(join(folder, results));

    expect(results).toMatch(/^\.local\/demo\//);
    const [result = ''] = files.filter((file) => file.endsWith('.json'));
    expect(files.filter((file) => file.endsWith('.json'))).toHaveLength(120);
    expect(JSON.parse(await readFile(result, 'utf8'))).toBeTypeOf('object');
    expect(
      files
        .filter((file) => !file.endsWith('.json'))
        .map((file) => basename(file))
        .sort(),
    ).toEqual(['report.html', 'results.csv', 'results.ndjson']);
    const report = /^on this machine +.+\n +(.+)$/m.exec(first.out)?.[1] ?? '';
    expect(await readFile(join(folder, report), 'utf8')).toContain('data-results="beside"');
  });

  it('analyses the user’s folder, with names that Bedrock does not accept, and names what it skips', async () => {
    const media = await mediaFolder({
      'my clip, final.mp4': 'proxies/GX010387.MP4',
      'sub/b.webm': 'proxies/harbour-timelapse.360p.webm',
      'sub/photo.JPG': '../images/stills/IMG_2031.JPG',
    });
    await writeFile(join(media, 'notes.txt'), 'notes');
    await writeFile(join(media, 'sub/old.avi'), 'RIFF');

    const data = await mkdtemp(join(folder, 'data-'));

    const { exitCode, out, err, closed } = await runDemo({ media, data });

    expect(err).toContain('Skipped, because they are hidden or not media: notes.txt\n');
    expect(err).toMatch(
      /^Skipped, because .+ format that Bedrock does not accept \(expected videos \(3gp, .+\): sub\/old\.avi$/m,
    );
    // Three analyses of each video, and two of the photo: it has no chapters.
    expect(out).toMatch(/^records +8 of 8 succeeded/m);
    const results = (await filesUnder(join(data, 'demo/results'))).map((path) =>
      relative(join(data, 'demo/results'), path),
    );
    expect(results).toContain('chapters/my clip, final.mp4.json');
    expect(results.filter((name) => /json$/.test(name) && name.includes('/'))).toHaveLength(8);
    expect(exitCode).toBe(0);
    expect(closed).toHaveLength(1);
  });

  it.each([
    { keep: false, left: [] },
    { keep: true, left: ['old object', 'old result'] },
  ])(
    'keeps what earlier demos left only with --keep: $keep',
    async ({ keep, left }) => {
      const captured = capturedContext();
      const { err } = captured.context.output;
      const { write } = err;
      err.write = (text) => {
        write(text);
        if (text.includes('files uploaded')) captured.interrupt();
      };
      const data = await mkdtemp(join(folder, 'data-'));
      await mkdir(join(data, 'demo/results'), { recursive: true });
      await writeFile(join(data, 'demo/results/old.json'), 'old result');

      await runDemo(
        { data, keep },
        async ({ endpoint, bucket }) => {
          const s3 = new S3Client({ ...localConnection(endpoint).client, forcePathStyle: true });
          await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'old.mp4', Body: 'old object' }));
          s3.destroy();
        },
        captured,
      );

      const files = (await filesUnder(join(data, 'demo'))).filter((file) => /demo\/(s3\/bodies|results)\//.test(file));
      const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
      expect(texts.filter((text) => text.startsWith('old')).sort()).toEqual(left);
    },
    60_000,
  );

  it('refuses a folder without media before it starts anything', async () => {
    const { context } = capturedContext();
    const empty = await mkdtemp(join(folder, 'media-'));
    const start = () => Promise.reject(new Error('It was started.'));

    await expect(demo({ data: folder, media: join(folder, 'none') }, context, start)).rejects.toThrow('does not exist');
    await expect(demo({ data: folder, media: empty }, context, start)).rejects.toThrow('none that can be analysed');
  });

  it('exits with 130 when the interruption also ended the start', async () => {
    const captured = capturedContext();
    const start = () => {
      captured.interrupt();
      return Promise.reject(new Error('The service was stopped'));
    };

    expect(await demo({ data: folder }, captured.context, start)).toBe(130);
  });

  it('closes the local AWS and exits with 130 when it is interrupted', async () => {
    const captured = capturedContext();

    const { exitCode, closed, err } = await runDemo({}, captured.interrupt, captured);

    expect(exitCode).toBe(130);
    expect(err).toContain('Interrupted: the run ended with the local AWS.');
    expect(closed).toHaveLength(1);
  });
});
