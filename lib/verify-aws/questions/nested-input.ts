import { outputNames, outputPrefixOf } from '../jobs.ts';
import type { Question } from '../question.ts';
import { minRecords, textRecords } from '../records.ts';

const folder = 'verify-aws/nested/';

export const nestedInput: Question = {
  number: 2,
  asks: 'Does a job run a .jsonl in a sub-folder of its input, and where are the outputs?',
  assumed: '200 of 200 records are run; outputs: a.jsonl.out, manifest.json.out, sub/b.jsonl.out.',
  costs: ({ models: [{ id }] }) => [{ job: 'nested', modelId: id, records: 2 * minRecords }],

  async ask({ plan, objects, jobs }) {
    await objects.putRecords(`${folder}a.jsonl`, textRecords('a', minRecords));
    await objects.putRecords(`${folder}sub/b.jsonl`, textRecords('b', minRecords));
    const job = await jobs.complete({ modelId: plan.models[0].id, inputKey: folder });
    const keys = await objects.keys(outputPrefixOf(job.jobName));
    const { count } = await objects.outcomes(outputPrefixOf(job.jobName));
    const answer = `${count} of ${2 * minRecords} records are run; outputs: ${outputNames(job, keys).join(', ')}.`;
    return { answer, evidence: { job, keys } };
  },
};
