import { cpSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeExecutionCommand, ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { localStepFunctions, shapeOf, startAt, temporaryFolder } from './local-step-functions.ts';

const waits = { Wait: { Type: 'Wait', Seconds: 5, End: true } };

describe('after a restart on the same folder', () => {
  it('executions that had ended are as they were, and their names stay used', async () => {
    const earlier = await localStepFunctions();
    const stateMachineArn = earlier.createMachine(waits);
    const executionArn = await earlier.execute(stateMachineArn, { n: 1 });
    const described = await earlier.client.send(new DescribeExecutionCommand({ executionArn }));
    const events = await earlier.history(executionArn);
    await earlier.close();

    const later = await localStepFunctions(undefined, { folder: earlier.folder });
    later.createMachine(waits);
    const again = later.client.send(new StartExecutionCommand({ stateMachineArn, name: 'id-1', input: '{"n":1}' }));

    await expect(again).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const { $metadata: _before, ...before } = described;
    expect(await later.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject(before);
    expect(await later.history(executionArn)).toEqual(events);
    const { executions } = await later.client.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toMatchObject([{ executionArn, status: 'SUCCEEDED', stopDate: new Date(startAt + 5000) }]);
  });

  it('executions that ran when the process was ended are aborted and say why', async () => {
    const earlier = await localStepFunctions();
    const release = Promise.withResolvers<void>();
    void earlier.clock.run(() => release.promise);
    const stateMachineArn = earlier.createMachine(waits);
    const { executionArn = '' } = await earlier.client.send(new StartExecutionCommand({ stateMachineArn }));
    // What a killed process leaves behind.
    const folder = temporaryFolder();
    cpSync(earlier.folder, folder, { recursive: true });
    writeFileSync(join(folder, 'step-functions', 'half-written.json.part'), '{"record":');

    const later = await localStepFunctions(undefined, { folder });

    expect(await later.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      ...{ status: 'ABORTED', cause: 'The local AWS was stopped while this execution ran.' },
    });
    expect(shapeOf(await later.history(executionArn))).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'ExecutionAborted'],
    ]);
    release.resolve();
  });
});

describe('close', () => {
  it('aborts what runs', async () => {
    const { client, clock, createMachine, ended, stepFunctions } = await localStepFunctions();
    const release = Promise.withResolvers<void>();
    void clock.run(() => release.promise);
    const stateMachineArn = createMachine(waits);
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));

    await stepFunctions.close();
    await ended(executionArn);

    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('ABORTED');
    release.resolve();
  });
});

it('an execution has one file, small while it runs', async () => {
  const { client, clock, createMachine, folder } = await localStepFunctions();
  const release = Promise.withResolvers<void>();
  void clock.run(() => release.promise);
  await client.send(new StartExecutionCommand({ stateMachineArn: createMachine(waits) }));

  const files = readdirSync(join(folder, 'step-functions'));

  expect(files).toHaveLength(1);
  expect(statSync(join(folder, 'step-functions', files[0] ?? '')).size).toBeLessThan(1000);
  release.resolve();
});
