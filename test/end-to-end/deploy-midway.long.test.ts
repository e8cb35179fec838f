import { ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { messageInCause } from '../../lambdas/shared/domain/errors/errors.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { expectOneSentence } from '../support/one-sentence.ts';
import { templateWith, templateWithCode } from '../support/template.ts';

const hour = 60 * 60_000;
const clips = sampleClips.filter(({ bytes }) => bytes < 5_000);
/** Steps of which the other version of the stack has another bundle. */
const changedSteps = ['PollJob', 'CollectResults', 'ReportRun'];
const isOfChangedStep = (versionArn: string) => changedSteps.some((step) => versionArn.includes(`Steps${step}`));

describe('a deploy in the middle of a run', () => {
  let stack: LocalStack;
  let dynamodb: DynamoDBClient;
  let changed: string;
  const created = new Map<string, PromiseWithResolvers<void>>();
  const creationOf = (name: string) => {
    const creation = created.get(name) ?? Promise.withResolvers<void>();
    created.set(name, creation);
    return creation;
  };

  beforeAll(async () => {
    changed = templateWithCode(changedSteps, "process.stdout.write('another version\\n');");
    stack = await startLocalStack({
      scenario: ({ jobName }) => {
        creationOf(jobName.replace(/-[0-9a-f]{10}-.*$/, '')).resolve();
        return { inProgress: 3 * 3600 };
      },
    });
    const { endpoint, region } = stack.aws;
    dynamodb = new DynamoDBClient({ endpoint, region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
    await stack.putClips(clips);
  });
  beforeEach(async () => {
    await stack.aws.update(inject('templateFile'));
  });
  afterAll(() => stack.close());

  /** Starts a run of this name and lets its job go on for an hour at Bedrock. */
  async function startWithJob(name: string): Promise<string> {
    const executionArn = await stack.start({ name, media: { prefixes: [''] } }, name);
    await creationOf(name).promise;
    await stack.aws.clock.sleep(hour);
    return executionArn;
  }

  async function expectSentOnce(name: string) {
    const ledger = await stack.ledger(name);
    expect(ledger.map(({ key }) => key)).toEqual(clips.map(({ key }) => key));
    expect(ledger.every(({ outcome, earlier }) => outcome === 'succeeded' && earlier === undefined)).toBe(true);
    const { invocationJobSummaries = [] } = await stack.bedrock.send(
      new ListModelInvocationJobsCommand({ nameContains: name }),
    );
    expect(invocationJobSummaries.map(({ status }) => status)).toEqual(['Completed']);
    expect(await stack.inputs()).toEqual([]);
  }

  /** Deploys a template; gives the versions of the changed steps that new executions invoke from now on. */
  async function deploy(templateFile: string): Promise<string[]> {
    const { resources } = await stack.aws.update(templateFile);
    const versions = [...resources.values()].filter(({ type }) => type === 'AWS::Lambda::Version');
    return versions.map(({ ref }) => ref).filter(isOfChangedStep);
  }

  const invokedBy = async (executionArn: string) =>
    new Set((await stack.invokedVersions(executionArn)).filter(isOfChangedStep));

  it('leaves the run to the versions that it began with', async () => {
    const old = await deploy(inject('templateFile'));
    const executionArn = await startWithJob('deployed');

    const now = await deploy(changed);
    const ended = await stack.ended(executionArn);

    expect(outcomeOf(ended).status).toBe('Succeeded');
    await expectSentOnce('deployed');
    expect(await invokedBy(executionArn)).toEqual(new Set(old));
    expect(now).toHaveLength(changedSteps.length);
    expect(new Set([...old, ...now]).size).toBe(2 * changedSteps.length);
  });

  it('back to an older version leaves the run to the newer one, with which it began', async () => {
    const newer = await deploy(changed);
    const executionArn = await startWithJob('rolled-back');

    await deploy(inject('templateFile'));
    const ended = await stack.ended(executionArn);

    expect(outcomeOf(ended).status).toBe('Succeeded');
    await expectSentOnce('rolled-back');
    expect(await invokedBy(executionArn)).toEqual(new Set(newer));
  });

  it('that breaks the report is made good by the next one: a recovery resumes the run, and nothing is sent again', async () => {
    await stack.aws.update(templateWith({ TABLE_NAME: 'no-such-table' }, 'ReportRun'));
    const ended = await stack.ended(await startWithJob('broken'));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'AccessDeniedException' });
    expect((await stack.table.getRun('broken'))?.status).toBe('Running');

    await stack.aws.update(inject('templateFile'));
    await stack.aws.clock.sleep(hour);

    expect((await stack.table.getRun('broken'))?.status).toBe('Succeeded');
    const { executions = [] } = await stack.sfn.send(
      new ListExecutionsCommand({ stateMachineArn: stack.aws.stateMachineArn }),
    );
    const ofRun = executions.filter(({ name }) => name?.startsWith('broken'));
    expect(ofRun.map(({ name, status }) => [name, status])).toEqual([
      ['broken-resume-1', 'SUCCEEDED'],
      ['broken', 'FAILED'],
    ]);
    await expectSentOnce('broken');
  });

  /** Writes every item of the table anew, as of this format. */
  async function setFormat(formatVersion: number): Promise<Set<string>> {
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: stack.aws.tableName }));
    for (const item of Items) {
      const Item = { ...item, formatVersion: { N: `${formatVersion}` } };
      await dynamodb.send(new PutItemCommand({ TableName: stack.aws.tableName, Item }));
    }
    return new Set(Items.map(({ sk }) => (sk?.S ?? '').replace(/#.*/, '')));
  }

  it('back to an older version refuses in one sentence what a newer one wrote, and goes on once that one is back', async () => {
    const executionArn = await startWithJob('newer');
    expect(await setFormat(2)).toEqual(new Set(['RUN', 'JOB', 'LOCK', 'CLAIM', 'MEDIA']));

    const ended = await stack.ended(executionArn);

    expect(ended).toMatchObject({ status: 'FAILED', error: 'UnknownFormat' });
    expectOneSentence(messageInCause(ended.cause ?? ''), 'Item RUN of RUN#newer', 'formatVersion 2', 'expected 1');

    await setFormat(1);
    await stack.aws.clock.sleep(12 * hour);

    expect((await stack.table.getRun('newer'))?.status).toBe('Succeeded');
    await expectSentOnce('newer');
  });
});
