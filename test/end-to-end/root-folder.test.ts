import { CreateModelInvocationJobCommand, GetModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mediaRecord, paddingRecord } from '../../lambdas/shared/domain/record/record.ts';
import { someClips } from '../support/clips.ts';
import { anAnalysis } from '../support/factories.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

const misplacedMedia =
  'The S3 resource locations in your prompt do not match the folder prefix specified in CreateModelInvocationJob ' +
  'InputDataConfig parameter. Batch Inference requires both JSONL and S3 resources to be in the same S3 bucket and folder ' +
  '(paths are case-sensitive). If you intend to use S3 URIs in prompts, the InputDataConfig parameter must specify a folder ' +
  'containing all linked resources, not an individual .jsonl file.';

const outputLineSchema = z.looseObject({
  recordId: z.string(),
  modelOutput: z.unknown().optional(),
  error: z.looseObject({ errorCode: z.number(), errorMessage: z.string() }).optional(),
});

describe('the folder that Bedrock reads', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await startLocalStack();
    await stack.putClips();
  });
  afterAll(() => stack.close());

  /** What the project did before: its JSONL is the job's input. Sends 60 videos and 40 texts. */
  async function runByHand(jobName: string, inputUri: string) {
    const analysis = anAnalysis({ name: 'free', prompt: 'What is this?', inference: {} });
    const records = Array.from({ length: 60 }, (_, at) => {
      const { key } = someClips[at % someClips.length] ?? { key: '' };
      const recordId = `${jobName}-${String(at).padStart(6, '0')}`;
      return mediaRecord(recordId, `s3://${stack.aws.bucket}/${key}`, { key }, analysis, 'InvokeModel');
    });
    const padding = Array.from({ length: 40 }, (_, at) => paddingRecord(jobName, at + 1, 'InvokeModel'));
    const lines = [...records, ...padding].map((record) => JSON.stringify(record)).join('\n');
    await stack.put(`${jobName}.jsonl`, `${lines}\n`, 'application/jsonl');
    const { jobArn = '' } = await stack.bedrock.send(
      new CreateModelInvocationJobCommand({
        jobName,
        roleArn: stack.aws.bedrockRoleArn,
        modelId: 'us.amazon.nova-lite-v1:0',
        inputDataConfig: { s3InputDataConfig: { s3InputFormat: 'JSONL', s3Uri: inputUri } },
        outputDataConfig: { s3OutputDataConfig: { s3Uri: `s3://${stack.aws.bucket}/nova/batch/output/${jobName}/` } },
      }),
    );
    for (;;) {
      const { status } = await stack.bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobArn }));
      if (status === 'Completed' || status === 'Failed') break;
    }
    await stack.remove(`${jobName}.jsonl`);
    const key = (await stack.keys(`nova/batch/output/${jobName}/`)).find((name) =>
      name.endsWith(`${jobName}.jsonl.out`),
    );
    return stack.readLines(key ?? '', outputLineSchema);
  }

  it('before: a job whose input is the .jsonl file answers every video with a 400', async () => {
    const lines = await runByHand('before', `s3://${stack.aws.bucket}/before.jsonl`);

    const videos = lines.filter(({ recordId }) => !recordId.includes('-pad-'));
    expect(videos).toHaveLength(60);
    for (const { error, modelOutput } of videos) {
      expect(error).toMatchObject({ errorCode: 400, errorMessage: misplacedMedia });
      expect(modelOutput).toBeUndefined();
    }
  });

  it('after: the same records over the root folder are answered', async () => {
    const lines = await runByHand('after', `s3://${stack.aws.bucket}/`);

    expect(lines).toHaveLength(100);
    expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it('analyses a single video by padding its job, and counts no padding', async () => {
    const outcome = outcomeOf(await stack.run({ media: { keys: ['proxies/C0126_33938_720p15.MP4'] } }));

    expect(outcome.status).toBe('Succeeded');
    expect(outcome.records).toEqual({ submitted: 1, succeeded: 1, failed: 0, missing: 0 });
    expect(outcome.jobs[0]?.paddingRecords).toBe(99);
    const ledger = await stack.ledger(outcome.runId);
    expect(ledger.map(({ key }) => key)).toEqual(['proxies/C0126_33938_720p15.MP4']);
  });

  it('lets two runs at once both succeed, one after the other at the root, each record sent once', async () => {
    const request = (prefix: string) => ({ media: { prefixes: [prefix] }, analyses: ['summary', 'elements'] });

    const ended = await Promise.all(
      ['proxies/', 'source_files/', 'proxies/'].map(async (prefix) => stack.ended(await stack.start(request(prefix)))),
    );

    const outcomes = ended.map(outcomeOf);
    expect(outcomes.map(({ status }) => status)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    const sent = await Promise.all(outcomes.flatMap(({ jobs }) => jobs.map((job) => recordsThatBedrockRan(job))));
    // Bedrock ran for each job its 8 records and 92 padding records, and nothing of another job.
    expect(sent.map((records) => records.length)).toEqual([100, 100, 100]);
    const ours = sent.flat().filter((recordId) => !recordId.includes('-pad-'));
    expect(new Set(ours).size).toBe(24);
    expect(ours).toHaveLength(24);
    expect(await stack.inputs()).toEqual([]);
  });

  async function recordsThatBedrockRan({ batchOutputS3Prefix }: { batchOutputS3Prefix: string }): Promise<string[]> {
    const keys = (await stack.keys(batchOutputS3Prefix)).filter((key) => key.endsWith('.jsonl.out'));
    const lines = await Promise.all(keys.map((key) => stack.readLines(key, outputLineSchema)));
    return lines.flat().map(({ recordId }) => recordId);
  }
});
