import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanUpCheckpoints } from '../../../../../lambdas/shared/aws/dynamodb/clean-up-checkpoints.ts';
import { startLocalServices } from '../../../../support/local-services.ts';

let services: Awaited<ReturnType<typeof startLocalServices>>;

beforeAll(async () => {
  services = await startLocalServices();
});
afterAll(() => services.close());

it('keeps where a clean-up of a bucket stopped until one comes to its end, each bucket’s apart', async () => {
  const checkpoints = cleanUpCheckpoints(services.dynamodb, services.tableName);
  const checkpoint = { turn: 2, stage: 'runs', after: 'nova/batch/runs/r/a' } as const;

  const known = [await checkpoints.readCheckpoint('media')];
  await checkpoints.writeCheckpoint('media', checkpoint);
  known.push(await checkpoints.readCheckpoint('media'), await checkpoints.readCheckpoint('other'));
  await checkpoints.writeCheckpoint('media', undefined);
  known.push(await checkpoints.readCheckpoint('media'));

  expect(known).toEqual([undefined, checkpoint, undefined, undefined]);
});
