import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cleanUp } from '../../../../lambdas/clean-up/clean-up.ts';
import { mediaStore } from '../../../../lambdas/shared/aws/s3/media-store.ts';
import { objectVersions } from '../../../../lambdas/shared/aws/s3/object-versions.ts';
import { fastClock } from '../../../../lib/local-aws/clock.ts';
import { openStore } from '../../../../lib/local-aws/s3/object-store.ts';
import { memoryWorld } from '../../../support/world.ts';
import { startLocalS3 } from './local-s3.ts';

it('cleans up 10,000 objects through the real client, every page of them', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'local-s3-'));
  const store = openStore({ dataFolder, clock: fastClock(Date.UTC(2026, 8, 1)) });
  store.put('', 'media', {});
  for (let at = 0; at < 10_000; at++) store.put('media', `nova/batch/output/j/${at}.out`, {});
  store.put('media', 'proxies/a.mp4', {});
  store.close();
  const local = await startLocalS3(dataFolder);
  const { now, ...world } = memoryWorld();

  const output = await cleanUp(
    {},
    {
      ...{ ...world, now: local.clock.now, retentionDays: 30, isTimeUp: () => false },
      store: mediaStore(local.client, 'media'),
      versions: objectVersions(local.client, 'media'),
    },
  );

  expect(output).toMatchObject({ checkpoint: undefined, removed: { outputs: 10_000 }, failures: [] });
  const left: string[] = [];
  for await (const { key } of mediaStore(local.client, 'media').listObjects('')) left.push(key);
  expect(left).toEqual(['proxies/a.mp4']);
  await local.stopAndRemove();
});
