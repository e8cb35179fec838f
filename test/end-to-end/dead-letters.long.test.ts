import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';
import { changedTemplate, denySchedules } from '../support/template.ts';

const minute = 60_000;
const recordSchema = z.looseObject({
  requestContext: z.looseObject({ functionArn: z.string(), condition: z.string(), approximateInvokeCount: z.int() }),
  requestPayload: z.unknown(),
  responsePayload: z.looseObject({ errorType: z.string() }),
});

/** The nightly clean-up every ten minutes, so that no test waits for a night. */
const oftenCleaned = () =>
  changedTemplate((resource, id) => {
    if (resource.Type !== 'AWS::Scheduler::Schedule' || !id.startsWith('TriggersNightly')) return;
    resource.Properties = { ...resource.Properties, ScheduleExpression: 'rate(10 minutes)' };
  });

describe('the dead-letter queue', () => {
  let stack: LocalStack;
  afterEach(() => stack.close());

  const letters = () => stack.aws.messages(stack.aws.outputs.DeadLetterQueue ?? '');

  it('gets what the schedules and the rule could not deliver, with the reason', async () => {
    const templateFile = changedTemplate((resource, id) => {
      if (resource.Type === 'AWS::Lambda::Permission') {
        resource.Properties = { ...resource.Properties, Action: 'lambda:GetFunction' };
      }
      denySchedules(resource, id);
    }, oftenCleaned());
    stack = await startLocalStack({ templateFile });

    await stack.aws.clock.sleep(16 * minute);
    const fromSchedules = letters().map(({ attributes }) => attributes.TARGET_ARN);
    await stack.run({ media: { prefixes: ['nothing/'] } });

    expect(fromSchedules).toContainEqual(expect.stringContaining('StepsCleanUpFunction'));
    // The next recovery makes up for one that was not.
    expect(fromSchedules).not.toContainEqual(expect.stringContaining('StepsRecoverRunsFunction'));
    const letter = letters().find(({ body }) => body.includes('"aws.states"'));
    expect(JSON.parse(letter?.body ?? '')).toMatchObject({ source: 'aws.states', detail: { status: 'FAILED' } });
    expect(letter?.attributes.ERROR_MESSAGE).toContain('is not authorized to perform: lambda:InvokeFunction');
  });

  it('gets what a function failed at three times, and none of what it managed', async () => {
    stack = await startLocalStack({
      templateFile: changedTemplate((resource, id) => {
        if (resource.Type !== 'AWS::Lambda::Function' || !/RecoverRuns|CleanUp/.test(id)) return;
        resource.Properties = JSON.parse(
          JSON.stringify(resource.Properties).replace(/"TABLE_NAME":\{[^}]*\}/, '"TABLE_NAME":"no-such-table"'),
        );
      }, oftenCleaned()),
    });

    await stack.aws.clock.sleep(20 * minute);

    const records = letters().map(({ body }) => recordSchema.parse(JSON.parse(body)));
    const of = (name: string) => records.filter(({ requestContext }) => requestContext.functionArn.includes(name));
    expect(of('CleanUp')[0]).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: {},
      responsePayload: { errorType: expect.any(String) },
    });
    expect(of('RecoverRuns')).toEqual([]);
  });

  it('stays empty where all is well', async () => {
    stack = await startLocalStack({ templateFile: oftenCleaned() });

    await stack.aws.clock.sleep(60 * minute);
    await stack.run({ media: { prefixes: ['nothing/'] } });

    expect(letters()).toEqual([]);
  });
});
