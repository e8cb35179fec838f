import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sampleClips, sampleMediaFolder } from './clips.ts';

const files = readdirSync(sampleMediaFolder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(sampleMediaFolder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
  .filter((key) => key !== 'clips.json')
  .sort();

describe('the sample media', () => {
  it('is exactly what the list names, in its order', () => {
    expect(sampleClips.map((clip) => clip.key)).toEqual(files);
  });

  it('has 20 clips in each of the two folders', () => {
    const folders = Object.groupBy(sampleClips, (clip) => clip.key.split('/').slice(0, -1).join('/'));
    const counts = Object.entries(folders).map(([folder, clips]) => [folder, clips?.length]);

    expect(counts).toEqual([
      ['proxies', 20],
      ['source_files', 20],
    ]);
  });

  it.each(sampleClips)('holds $key in its listed size and under the extension of its container', (clip) => {
    expect(readFileSync(join(sampleMediaFolder, clip.key))).toHaveLength(clip.bytes);
    expect(clip.key.toLowerCase()).toMatch(new RegExp(`\\.${clip.container}$`));
  });

  it('can be told apart: no two clips share their bytes or their duration', () => {
    const hashes = sampleClips.map((clip) =>
      createHash('sha256')
        .update(readFileSync(join(sampleMediaFolder, clip.key)))
        .digest('hex'),
    );

    expect(new Set(hashes).size).toBe(sampleClips.length);
    expect(new Set(sampleClips.map((clip) => clip.durationSeconds)).size).toBe(sampleClips.length);
  });

  it('has only keys that Bedrock batch accepts', () => {
    for (const { key } of sampleClips) expect(key).toMatch(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/);
  });

  it('stays under 1 MB, so that a clone is quick', () => {
    expect(sampleClips.reduce((sum, clip) => sum + clip.bytes, 0)).toBeLessThan(1_000_000);
  });
});
