import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanUpProgress } from '../../../../../lambdas/shared/aws/dynamodb/clean-up-checkpoints.ts';
import { tableItems } from '../../../../../lambdas/shared/aws/dynamodb/table-items.ts';
import { startLocalServices } from '../../../../support/local-services.ts';

let services: Awaited<ReturnType<typeof startLocalServices>>;

beforeAll(async () => {
  services = await startLocalServices();
});
afterAll(() => services.close());

it('keeps where a clean-up of a bucket stopped until one comes to its end, each bucket’s apart', async () => {
  const progress = cleanUpProgress(services.dynamodb, services.tableName);
  const next = { stage: 'runs', after: 'nova/batch/runs/r/a' } as const;

  const known = [await progress.readNext('media')];
  await progress.writeNext('media', next);
  known.push(await progress.readNext('media'), await progress.readNext('other'));
  await progress.writeNext('media', undefined);
  known.push(await progress.readNext('media'));

  expect(known).toEqual([undefined, next, undefined, undefined]);
});

it('begins at the beginning where another version stopped at a stage that this one does not have', async () => {
  const { put } = tableItems(services.dynamodb, services.tableName);
  await put({ pk: 'CLEAN-UP#media', sk: 'CLEAN-UP', next: { stage: 'attics', after: 'a' } }, {});

  expect(await cleanUpProgress(services.dynamodb, services.tableName).readNext('media')).toBeUndefined();
});
