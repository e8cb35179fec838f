import { Readable } from 'node:stream';
import { z } from 'zod';
import { main } from '../../cli/main.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import type { Found, Question, World } from '../question.ts';
import { minRecords } from '../records.ts';

const startedSchema = z.object({ runId: z.string() });

/** The built-in summary asks for 1,500 tokens at most, and its prompt with its schema is shorter than that. */
const summaryTokens = 1_500;

export const mainJob: Question = {
  number: 0,
  asks: 'Does one clip go through the whole product?',
  assumed: 'Yes.',
  costs({ models: [{ id }], clip }) {
    const mediaTokens = clip.maxTokens + summaryTokens;
    return [{ job: 'main', modelId: id, records: minRecords, mediaTokens, outputTokens: summaryTokens }];
  },

  async ask(world) {
    const { plan, context, objects } = world;
    const key = 'verify-aws/main/clip.mp4';
    await objects.put(key, plan.clip.body, 'video/mp4');
    const request = { media: { keys: [key] }, analyses: ['summary'], model: plan.models[0].id, timeoutHours: 24 };
    const stdin = Readable.from([JSON.stringify({ ...request, name: 'verify-aws' })]);
    const started = await mediaBatch(['run', '-', '--detach', '--json'], world, { ...context, stdin });
    if (started.exitCode !== exitCodes.succeeded) return no({ request }, started.exitCode);
    const { runId } = startedSchema.parse(JSON.parse(started.out));
    const { exitCode, out } = await mediaBatch(['status', runId, '--watch'], world, context);
    context.output.err.write(out);
    // The interruption ended watching only, and would also end the command that stops the run.
    const uninterrupted = { ...context, interrupted: new AbortController().signal };
    if (exitCode === exitCodes.interrupted) await mediaBatch(['stop', runId, '--yes'], world, uninterrupted);
    return exitCode === exitCodes.succeeded
      ? { answer: 'Yes.', evidence: { runId, request, exitCode } }
      : no({ runId, request }, exitCode);
  },
};

function no(evidence: object, exitCode: number): Found {
  const answer = `No, see above: media-batch run ends with ${exitCode}.`;
  return { answer, evidence: { ...evidence, exitCode }, isAnswered: false };
}

/** Runs the command as a user would, and returns what it prints. */
async function mediaBatch(args: readonly string[], { plan, stack }: World, context: Context) {
  let out = '';
  const write = (text: string) => {
    out += text;
  };
  const channel = { ...context.output.err, isTerminal: false, write };
  const options = ['--region', plan.region, '--state-machine', stack.stateMachineArn];
  const output = { ...context.output, out: channel };
  return { exitCode: await main([...args, ...options], { ...context, output }), out };
}
