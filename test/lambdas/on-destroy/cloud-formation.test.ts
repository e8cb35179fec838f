import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerCloudFormation, type CustomResourceRequest } from '../../../lambdas/on-destroy/cloud-formation.ts';

interface Put {
  method: string | undefined;
  contentType: string | undefined;
  body: string;
}

/** Where CloudFormation takes answers; it refuses the first of them. */
async function responseUrl(refusals = 0): Promise<{ url: string; puts: Put[] }> {
  const puts: Put[] = [];
  const server = createServer(async (request, response) => {
    puts.push({ method: request.method, contentType: request.headers['content-type'], body: await text(request) });
    response.writeHead(puts.length <= refusals ? 503 : 200).end();
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no TCP port.');
  return { url: `http://127.0.0.1:${address.port}/answer`, puts };
}

const aRequest = (ResponseURL: string): CustomResourceRequest => ({
  ...{ RequestType: 'Delete', ResponseURL, StackId: 'the stack', RequestId: 'the request' },
  ...{ LogicalResourceId: 'Destroyed', PhysicalResourceId: 'physical' },
});
const limits = { maxMs: 60_000, sleep: async () => undefined };
const bodyOf = (put: Put | undefined): unknown => JSON.parse(put?.body ?? '');

describe('CloudFormation', () => {
  it('is answered what was done, with the IDs of its request and no Content-Type, which is not signed', async () => {
    const { url, puts } = await responseUrl();

    const answer = await answerCloudFormation(aRequest(url), async () => 'All is done.', limits);

    expect(answer).toEqual({ status: 'SUCCESS', reason: 'All is done.' });
    expect(puts).toMatchObject([{ method: 'PUT', contentType: undefined }]);
    const ids = { StackId: 'the stack', RequestId: 'the request', LogicalResourceId: 'Destroyed' };
    expect(bodyOf(puts[0])).toEqual({
      Status: 'SUCCESS',
      Reason: 'All is done.',
      PhysicalResourceId: 'physical',
      ...ids,
    });
  });

  it('is given the same physical ID for every new resource, so that no update is a replacement', async () => {
    const { url, puts } = await responseUrl();

    for (const RequestId of ['one', 'two']) {
      const request = { ...aRequest(url), RequestId, PhysicalResourceId: undefined };
      await answerCloudFormation(request, async () => 'Nothing.', limits);
    }

    const [one, two] = puts.map(bodyOf);
    expect(one).toMatchObject({ PhysicalResourceId: 'on-destroy' });
    expect(two).toMatchObject({ PhysicalResourceId: 'on-destroy' });
  });

  it('is answered why the work failed, in a reason that leaves room for the rest of an answer’s 4,096 bytes', async () => {
    const { url, puts } = await responseUrl();
    const fails = async () => {
      throw new Error('\u0001'.repeat(10_000));
    };
    const longest = { ...aRequest(url), StackId: 's'.repeat(250), LogicalResourceId: 'L'.repeat(255) };

    await answerCloudFormation({ ...longest, PhysicalResourceId: 'p'.repeat(1000) }, fails, limits);

    expect(bodyOf(puts[0])).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/…$/) });
    expect(Buffer.byteLength(puts[0]?.body ?? '')).toBeLessThan(4096);
  });

  it('is answered in time, even if the work hangs', async () => {
    const { url, puts } = await responseUrl();

    await answerCloudFormation(aRequest(url), () => new Promise(() => undefined), { ...limits, maxMs: 5 });

    expect(bodyOf(puts[0])).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('delete the stack again'),
    });
  });

  it('is answered again until it accepts the answer', async () => {
    const { url, puts } = await responseUrl(4);

    await answerCloudFormation(aRequest(url), async () => 'Done.', limits);

    expect(puts).toHaveLength(5);
    expect(new Set(puts.map(({ body }) => body)).size).toBe(1);
  });

  it('makes the function fail where it never accepts the answer, so that Lambda begins it again', async () => {
    const { url } = await responseUrl(5);

    await expect(answerCloudFormation(aRequest(url), async () => 'Done.', limits)).rejects.toThrow(
      'CloudFormation did not accept the answer SUCCESS of Destroyed: it answered 503.',
    );
  });
});
