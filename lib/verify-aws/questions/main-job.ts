import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { sessionWith } from '../../cli/aws/session.ts';
import { startRun } from '../../cli/run/start-run.ts';
import { exitCodes } from '../../cli/terminal/context.ts';
import { watchRun } from '../../cli/watch/watch-run.ts';
import type { Question } from '../question.ts';
import { minRecords } from '../records.ts';

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

  async ask({ plan, stack, context, connection, objects, clients }) {
    const key = 'verify-aws/main/clip.mp4';
    await objects.put(key, plan.clip.body, 'video/mp4');
    const request = { media: { keys: [key] }, analyses: ['summary'], model: plan.models[0].id, timeoutHours: 24 };
    const output = { ...context.output, out: context.output.err };
    const named = { ...request, name: 'verify-aws' };
    using session = sessionWith(connection, stack);
    const run = await startRun(named, session, { ...context, output });
    const { exitCode } = await watchRun(run, session, {}, { ...context, output });
    const { executionArn } = run;
    if (exitCode === exitCodes.interrupted) await clients.states.send(new StopExecutionCommand({ executionArn }));
    const evidence = { executionArn, request, exitCode };
    if (exitCode === exitCodes.succeeded) return { answer: 'Yes.', evidence };
    return { answer: `No, as is said above: media-batch run ends with ${exitCode}.`, evidence, isAnswered: false };
  },
};
