import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { pMapIterable } from 'p-map';
import { type Answer, answer } from './answers.ts';
import { type JobInput, parseS3Uri, readLines, recordSchema } from './input.ts';
import { type Job, jobIdOf } from './jobs.ts';
import type { MediaReader } from './media.ts';
import { type PromptRules, RecordError, readPrompt } from './records.ts';
import { faultOf, type ParsedScenario } from './scenario.ts';

/** What it takes to answer the records of a job. */
export interface RecordWork {
  s3: S3Client;
  scenario: ParsedScenario;
  media: MediaReader;
  /** From 0 to 1, to shuffle the output with. */
  random: () => number;
  /** Aborted when the local AWS ends: the job is left as it is. */
  closing: AbortSignal;
  input: JobInput;
  rules: PromptRules;
}

/** Lines that are shuffled together: a job of 100,000 records needs no more memory than a small one. */
const shuffledTogether = 1_000;

/** The output of a job while it is in progress. */
export type JobOutput = ReturnType<typeof openOutput>;

/**
 * Answers the records of a job as its time passes, and writes one output per input file, and the manifest.
 *
 * The output of a nested file is in a folder of the same name (UNVERIFIED). Output is visible only at the end; that
 * some of it is visible before, as the status InProgress says, is not simulated.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html, and for the place of the output
 * https://github.com/BerriAI/litellm/pull/26834
 */
export function openOutput(job: Job, work: RecordWork) {
  const { s3: client, input } = work;
  const { bucket: Bucket, key: prefix } = parseS3Uri(job.outputDataConfig.s3OutputDataConfig.s3Uri);
  const folder = `${prefix.replace(/[^/]$/, '$&/')}${jobIdOf(job)}/`;
  const counters = {
    totalRecordCount: input.recordCount,
    processedRecordCount: 0,
    successRecordCount: 0,
    errorRecordCount: 0,
  };
  const tokens = { inputTokenCount: 0, outputTokenCount: 0 };
  /** Records that may be taken by now, and records that are. */
  let [limit, taken] = [0, 0];
  let isLast = false;
  let change = Promise.withResolvers<void>();
  const announce = () => {
    change.resolve();
    change = Promise.withResolvers();
  };
  work.closing.addEventListener('abort', announce, { once: true });

  async function* take(key: string) {
    for await (const line of readLines(client, input.bucket, key)) {
      while (taken === limit && !isLast && !work.closing.aborted) await change.promise;
      work.closing.throwIfAborted();
      if (taken === limit) return;
      taken += 1;
      yield { line, number: taken };
    }
  }
  async function* outputOf(key: string) {
    let together: string[] = [];
    for await (const { lines, answer } of pMapIterable(take(key), (record) => run(work, record), { concurrency: 16 })) {
      counters.processedRecordCount += 1;
      counters[answer ? 'successRecordCount' : 'errorRecordCount'] += 1;
      tokens.inputTokenCount += answer?.inputTokens ?? 0;
      tokens.outputTokenCount += answer?.outputTokens ?? 0;
      together.push(...lines);
      if (counters.processedRecordCount === limit) announce();
      if (together.length < shuffledTogether) continue;
      yield shuffle(together, work.random);
      together = [];
    }
    yield shuffle(together, work.random);
  }

  async function upload(): Promise<void> {
    for (const { key, name } of input.files) {
      const params = { Bucket, Key: `${folder}${name}.out`, Body: Readable.from(outputOf(key)) };
      await new Upload({ client, params }).done();
    }
  }
  const uploaded = upload();
  // Callers of answer() and complete() get the rejection.
  uploaded.catch(() => undefined);

  return {
    /** Answers the first records of the job, and resolves to its counters then. */
    async answer(recordCount: number): Promise<Partial<Job>> {
      limit = recordCount;
      announce();
      while (counters.processedRecordCount < limit) await Promise.race([change.promise, uploaded]);
      return { ...counters };
    },
    /** Completes the output with what was answered. */
    async complete(): Promise<void> {
      isLast = true;
      announce();
      await uploaded;
      // That a job needs its input until it is over is UNVERIFIED: the strict side.
      for (const { key: Key } of input.files) {
        await client.send(new GetObjectCommand({ Bucket: input.bucket, Key, Range: 'bytes=0-0' }));
      }
      const Body = JSON.stringify({ ...counters, ...tokens });
      await client.send(new PutObjectCommand({ Bucket, Key: `${folder}manifest.json.out`, Body }));
    },
  };
}

function shuffle(lines: string[], random: () => number): string {
  const ranked = lines.map((line) => ({ line, rank: random() })).sort((a, b) => a.rank - b.rank);
  return ranked.map(({ line }) => `${line}\n`).join('');
}

/** Resolves to the output lines of a record, and to its answer unless it failed. */
async function run(work: RecordWork, { line, number }: { line: string; number: number }) {
  // Eleven characters, as an older batch-inference-data wanted of every ID.
  const { recordId = String(number).padStart(11, '0'), modelInput } = recordSchema.parse(JSON.parse(line));
  const fault = faultOf(work.scenario, recordId, number);
  try {
    if (fault?.does === 'fail') throw new RecordError(fault.errorMessage, fault.errorCode, fault.retryable);
    const prompt = readPrompt(modelInput, work.rules);
    const media = await Promise.all(prompt.media.map((block) => work.media(work.s3, block, work.scenario)));
    const imageBytes = media.reduce((sum, { seconds, bytes }) => sum + (seconds === undefined ? bytes : 0), 0);
    // UNVERIFIED for older models: https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html
    if (imageBytes > 2_000_000_000) throw new RecordError(`The images have ${imageBytes} bytes, more than 2 GB.`);
    const answered = answer(prompt, media, work.rules.model, fault?.does);
    const modelOutput = toBody(answered, work.rules.type);
    const recordIds = [recordId];
    if (fault?.does === 'missing') recordIds.pop();
    if (fault?.does === 'double') recordIds.push(recordId);
    if (fault?.does === 'foreign') recordIds.push(`foreign-${recordId}`);
    const lines = recordIds.map((recordId) => JSON.stringify({ recordId, modelInput, modelOutput }));
    return { lines, answer: answered };
  } catch (failure) {
    if (!(failure instanceof RecordError)) throw failure;
    const { errorCode, message: errorMessage, retryable } = failure;
    // The two booleans were seen in the field: https://github.com/AAKevin8450/aquaticartists-video
    const error = { errorCode, errorMessage, expired: false, retryable };
    return { lines: [JSON.stringify({ recordId, modelInput, error })] };
  }
}

// https://docs.aws.amazon.com/nova/latest/userguide/using-invoke-api.html
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
function toBody({ text, stopReason, inputTokens, outputTokens }: Answer, type: PromptRules['type']): object {
  const output = { message: { role: 'assistant', content: [{ text }] } };
  const usage = { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  return { output, stopReason, usage, ...(type === 'Converse' ? { metrics: { latencyMs: 1_000 } } : {}) };
}
