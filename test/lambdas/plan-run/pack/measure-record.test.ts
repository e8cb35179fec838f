import { expect, it } from 'vitest';
import { recordMeter } from '../../../../lambdas/plan-run/pack/measure-record.ts';
import { prebuiltRecord } from '../../../../lambdas/shared/domain/record/record.ts';
import { aPlannedRecord, prefixes } from '../../../support/factories.ts';

it.each([undefined, 4000])('measures a prebuilt record as it is sent, with room for %s tokens', (maxTokens) => {
  const measure = recordMeter({
    ...{ bucket: 'media-bucket', stagingBucket: 'staging-bucket', prefixes, longestJobName: 'media-1', analyses: [] },
  });
  const prebuilt = { modelInput: { messages: [{ role: 'user', content: [{ text: 'Grüße' }] }] } };

  const { inputBytes } = measure(aPlannedRecord(1, { analysis: 'records', prebuilt, maxTokens }), 'line');

  const line = `${JSON.stringify(prebuiltRecord('abcdef012345-000001', prebuilt, maxTokens))}\n`;
  expect(inputBytes).toBe(Buffer.byteLength(line));
});
