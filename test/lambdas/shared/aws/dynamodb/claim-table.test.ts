import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimTable } from '../../../../../lambdas/shared/aws/dynamodb/claim-table.ts';
import { type Claim, claimIdOf } from '../../../../../lambdas/shared/domain/claim/claim.ts';
import { startLocalServices } from '../../../../support/local-services.ts';

const aClaim = (key: string, overrides: Partial<Claim> = {}): Claim => ({
  bucket: 'media-bucket',
  key,
  fingerprint: 'f'.repeat(32),
  etag: 'e1',
  runId: 'run-1',
  jobName: 'media-1',
  recordId: 'abcdef012345-000001',
  ...overrides,
});

describe('the claims on a real DynamoDB protocol', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let claims: ReturnType<typeof claimTable>;

  beforeAll(async () => {
    services = await startLocalServices();
    claims = claimTable(services.dynamodb, services.tableName);
  });

  afterAll(async () => {
    await services.close();
  });

  const read = async (claim: Claim) => (await claims.readClaims([claim])).get(claimIdOf(claim));

  it.each([' ', ',', '=', '+', '%', '🎬', `${'é'.repeat(512)}`])('are kept for media called %j', async (name) => {
    const claim = aClaim(name);

    expect(await claims.writeClaim(claim, undefined)).toBe(true);

    expect(await read(claim)).toEqual(claim);
  });

  it('are read 100 at a time, twice the same once, and those that nobody made are not there', async () => {
    const all = Array.from({ length: 100 }, (_, at) => aClaim(`many/${at}.mp4`));
    await Promise.all(all.slice(0, 60).map((claim) => claims.writeClaim(claim, undefined)));

    const found = await claims.readClaims([...all.slice(1), ...all.slice(1, 3)]);

    expect(found.size).toBe(59);
    expect(found.get(claimIdOf(aClaim('many/59.mp4')))).toEqual(aClaim('many/59.mp4'));
    expect(await claims.readClaims([])).toEqual(new Map());
  });

  it('go to one of two that found the media free', async () => {
    const [one, other] = [aClaim('free'), aClaim('free', { runId: 'run-2', recordId: 'other-000001' })];

    const written = await Promise.all([claims.writeClaim(one, undefined), claims.writeClaim(other, undefined)]);

    expect(written.toSorted()).toEqual([false, true]);
    expect(await read(one)).toEqual(written[0] ? one : other);
  });

  it('are taken over only from the record that was read, and what came of that one is gone then', async () => {
    const [first, second, third] = ['1', '2', '3'].map((recordId) => aClaim('taken', { recordId }));
    if (!first || !second || !third) return expect.unreachable();
    await claims.writeClaim(first, undefined);
    await claims.markClaim(first, 'open', 'throttled');
    const marked = await read(first);

    expect(await claims.writeClaim(second, marked)).toBe(true);
    expect(await claims.writeClaim(third, marked)).toBe(false);

    expect(await read(first)).toEqual(second);
  });

  it('are not taken over by who read them before something came of them, or of the one before them', async () => {
    const [first, second, third] = ['1', '2', '3'].map((recordId) => aClaim('read early', { recordId }));
    if (!first || !second || !third) return expect.unreachable();
    const { runId, jobName, recordId } = first;
    const held = { ...second, before: { runId, jobName, recordId } };
    await claims.writeClaim(first, undefined);
    await claims.writeClaim(held, first);

    expect(await claims.markClaim(first, 'open', 'throttled')).toBe(true);
    expect(await read(first)).toEqual(second);
    expect(await claims.writeClaim({ ...third, before: held.before }, held)).toBe(false);
    await claims.markClaim(second, 'failed', 'no video');
    expect(await claims.writeClaim(third, second)).toBe(false);
    expect(await claims.writeClaim(third, await read(first))).toBe(true);
  });

  it('are marked only for their own record, and only where there is one', async () => {
    const claim = aClaim('marked');
    await claims.writeClaim(claim, undefined);

    expect(await claims.markClaim({ ...claim, recordId: 'late' }, 'failed', 'zombie')).toBe(false);
    expect(await claims.markClaim(aClaim('nobody'), 'failed', 'no claim')).toBe(false);
    expect(await claims.markClaim(claim, 'failed', 'too long')).toBe(true);

    expect(await read(claim)).toEqual({ ...claim, outcome: 'failed', reason: 'too long' });
    expect(await read(aClaim('nobody'))).toBeUndefined();
  });
});

describe('claims that DynamoDB did not get to', () => {
  const client = new DynamoDBClient({ region: 'us-east-1' });
  const mockDynamodb = () => mockClient(client);
  let dynamodb: ReturnType<typeof mockDynamodb>;
  const claims = claimTable(client, 'runs');
  const keyOf = (claim: Claim) => ({ pk: { S: `CLAIM#${claimIdOf(claim)}` }, sk: { S: 'CLAIM' } });
  const itemOf = (claim: Claim) => ({
    ...Object.fromEntries(Object.entries(claim).map(([name, S]) => [name, { S: String(S) }])),
    formatVersion: { N: '1' },
  });

  beforeEach(() => {
    dynamodb = mockDynamodb();
  });

  afterEach(() => {
    dynamodb.restore();
  });

  it('are asked for again', async () => {
    const [one, other] = [aClaim('one'), aClaim('other')];
    dynamodb
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { runs: [itemOf(one)] }, UnprocessedKeys: { runs: { Keys: [keyOf(other)] } } })
      .resolves({ Responses: { runs: [itemOf(other)] } });

    expect([...(await claims.readClaims([one, other])).values()]).toEqual([one, other]);
    const keys = dynamodb.commandCalls(BatchGetItemCommand).map((call) => call.args[0].input.RequestItems?.runs?.Keys);
    expect(keys).toEqual([[keyOf(one), keyOf(other)], [keyOf(other)]]);
  });

  it('again and again are left for later', async () => {
    dynamodb.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { runs: { Keys: [keyOf(aClaim('one'))] } } });

    await expect(claims.readClaims([aClaim('one')])).rejects.toMatchObject({ name: 'Throttled' });
  });
});
