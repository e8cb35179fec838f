import { expect, it } from 'vitest';
import { readListedRecords } from '../../../../../lambdas/shared/domain/job/job-records.ts';
import { aJob, aPlannedRecord } from '../../../../support/factories.ts';
import { memoryStore } from '../../../../support/memory-store.ts';

it('the records of a job are kept without the bodies of finished ones, which would not fit into memory', async () => {
  const store = memoryStore();
  const given = {
    key: 'file-1:a',
    etag: '',
    bytes: 0,
    analysis: 'records',
    prebuilt: { modelInput: { messages: ['long'] } },
  };
  const records = [given, aPlannedRecord(2, { key: 'a"prebuilt":b.mp4' })];
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  store.put('list', { text });
  const job = aJob({ recordsKey: 'list', recordsOffset: 0, recordsBytes: Buffer.byteLength(text), records: 2 });

  const { count, planned } = await readListedRecords(job, store);

  expect(count).toBe(2);
  expect(planned(1)).toEqual({ ...given, prebuilt: { modelInput: {} } });
  expect(planned(2)).toEqual(records[1]);
});
