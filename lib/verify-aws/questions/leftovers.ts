import { isOver, outputNames, outputPrefixOf } from '../jobs.ts';
import type { Question } from '../question.ts';
import { minRecords, textRecords } from '../records.ts';
import { jobLifeCosts, jobLifeOf } from './job-life.ts';

const tooFew = minRecords - 1;

export const leftovers: Question = {
  number: 6,
  // A job expires after at least 24 hours in a queue, which cannot be forced.
  asks: 'What do Stopped and Failed leave in S3? (Expired cannot be forced, so it is not asked.)',
  assumed: 'Stopped in InProgress leaves input.jsonl.out, manifest.json.out; Failed leaves nothing.',
  costs: (plan) => [...jobLifeCosts(plan), { job: 'too few', modelId: plan.models[0].id, records: tooFew }],

  async ask(world) {
    const { plan, objects, jobs } = world;
    const inputKey = 'verify-aws/too-few/input.jsonl';
    const failing = async () => {
      await objects.putRecords(inputKey, textRecords('too-few', tooFew));
      const failed = await jobs.reach(await jobs.create({ modelId: plan.models[0].id, inputKey }), isOver);
      const keys = await objects.keys(outputPrefixOf(failed.jobName));
      return { failed, leftByFailed: outputNames(failed, keys) };
    };
    const [{ begun, end, outputs }, { failed, leftByFailed }] = await Promise.all([jobLifeOf(world), failing()]);
    const listOf = (names: readonly string[]) => names.join(', ') || 'nothing';
    const ofStopped = `${end.status} in ${begun.status} leaves ${listOf(outputs)}`;
    const answer = `${ofStopped}; ${failed.status} leaves ${listOf(leftByFailed)}.`;
    const isAnswered = end.status === 'Stopped' && failed.status === 'Failed';
    return { answer, evidence: { begun, end, outputs, failed, leftByFailed }, isAnswered };
  },
};
