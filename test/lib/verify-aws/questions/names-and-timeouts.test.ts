import { expect, it } from 'vitest';
import { namesAndTimeouts } from '../../../../lib/verify-aws/questions/names-and-timeouts.ts';
import { askOf } from './world-of-answers.ts';

it('finds that a name is free again, stops the jobs that got it, and reads the timeout from the expiry', async () => {
  const created: { jobName: string; timeoutDurationInHours?: number }[] = [];
  const stopped: string[] = [];
  const arnOf = (number: number | string) => `arn:aws:bedrock:us-east-1:000000000000:model-invocation-job/${number}`;

  const { answer } = await askOf(namesAndTimeouts, (request, body) => {
    const [, id, stop] = /:model-invocation-job\/(\w+)(\/stop)?$/.exec(request) ?? [];
    if (request === 'POST /model-invocation-job') {
      created.push(JSON.parse(body));
      return { jobArn: arnOf(`job00000000${created.length}`) };
    }
    if (id !== undefined && stop) stopped.push(id);
    if (id === undefined || stop) return request.startsWith('GET') ? '<ListBucketResult/>' : '';
    const submitTime = '2026-11-22T00:00:00Z';
    const times = { submitTime, jobExpirationTime: '2026-11-29T00:00:00Z' };
    const status = stopped.includes(id) ? 'Stopped' : 'InProgress';
    return { jobArn: arnOf(id), jobName: created[0]?.jobName, status, ...times };
  });

  expect(answer).toBe('168 hours; a used name is taken while its job is open, and taken after its end.');
  expect(created).toHaveLength(3);
  expect(new Set(created.map(({ jobName }) => jobName)).size).toBe(1);
  expect(created.every(({ timeoutDurationInHours }) => timeoutDurationInHours === undefined)).toBe(true);
  expect(stopped.toSorted()).toEqual(['job000000001', 'job000000002', 'job000000003']);
});
