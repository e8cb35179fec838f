import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../../lambdas/plan-run/inspect/read-header.ts';
import { judgeHeader } from '../../../../lambdas/shared/domain/media/judge-header.ts';
import { mediaFormatOf } from '../../../../lambdas/shared/domain/media/media.ts';
import { models } from '../../../../lambdas/shared/domain/model/models.ts';
import { mediaTokens } from '../../../../lambdas/shared/domain/model/tokens.ts';
import { sampleClips, sampleMediaFolder } from '../../../support/clips.ts';
import { sampleImageFolder, sampleImages } from '../../../support/images.ts';
import { contentOf, strangers } from '../../../support/strangers.ts';
import { countedFile } from '../../../support/video-files.ts';

describe('the header of a file that other people have', () => {
  it.each(strangers)('is read in $key as other tools do', async (stranger) => {
    const { file, reads } = countedFile(contentOf(stranger));

    const { seconds, ...header } = await readHeader(file);

    const { format, otherFormat, missing, pixels } = stranger;
    expect(header).toEqual({ format, otherFormat, missing, pixels });
    expect(seconds !== undefined).toBe(stranger.isLengthRead ?? false);
    expect(reads.length).toBeLessThanOrEqual(6);
  });

  it.each(strangers)('decides how $key is sent', async (stranger) => {
    const header = await readHeader(countedFile(contentOf(stranger)).file);

    const { remedy, ...verdict } = { remedy: '', ...judgeHeader(stranger.key, header) };

    expect(verdict).toEqual(stranger.verdict);
    expect(remedy !== '').toBe('skipped' in verdict);
  });

  const measured = strangers.flatMap((stranger) =>
    stranger.seconds === undefined ? [] : { ...stranger, seconds: stranger.seconds },
  );
  const clips = sampleClips.map(({ key, durationSeconds }) => ({ key, seconds: durationSeconds, isLengthRead: true }));

  it.each([...measured, ...clips])('prices $key at no less than its length, and little more', async (each) => {
    const content = 'file' in each ? contentOf(each) : readFileSync(join(sampleMediaFolder, each.key));
    const header = await readHeader(countedFile(content).file);

    for (const { tokens } of models) {
      const real = mediaTokens('video', { seconds: each.seconds }, tokens);
      const estimated = mediaTokens('video', header, tokens);
      expect(estimated).toBeGreaterThanOrEqual(real);
      expect(estimated).toBeLessThanOrEqual(each.isLengthRead ? 1.5 * real : mediaTokens('video', {}, tokens));
    }
  });
});

describe('the header of a sample', () => {
  it.each(sampleClips)('is read in $key in few requests and kilobytes, and is no reason to skip it', async (clip) => {
    const { file, reads } = countedFile(readFileSync(join(sampleMediaFolder, clip.key)));

    const header = await readHeader(file);

    expect(header.seconds).toBeCloseTo(clip.durationSeconds, 0);
    expect(judgeHeader(clip.key, header)).toEqual({});
    expect(reads.length).toBeLessThanOrEqual(4);
  });

  it.each(sampleImages)('is read in $key in one request, and is no reason to skip it', async ({ key, ...image }) => {
    const { file, reads } = countedFile(readFileSync(join(sampleImageFolder, key)));

    const header = await readHeader(file);

    expect(header).toEqual({ format: image.format, pixels: { width: image.width, height: image.height } });
    expect(mediaFormatOf(key)?.kind).toBe('image');
    expect(judgeHeader(key, header)).toEqual({});
    expect(reads).toHaveLength(1);
  });
});
