import pMap from 'p-map';
import { isOver } from '../jobs.ts';
import type { Plan } from '../plan.ts';
import type { Question, World } from '../question.ts';
import { minRecords, textRecords } from '../records.ts';

const folder = 'verify-aws/size/';
/** Bytes of the one object that is uploaded; the rest are server-side copies. */
const seedBytes = 8 * 1024 ** 2;

/** How the folder of a plan is filled. */
export function folderCopies({ folderBytes }: Plan): { bytes: number; count: number } {
  const count = Math.ceil(folderBytes / seedBytes);
  return { bytes: count * seedBytes, count };
}

export const jobSize: Question = {
  number: 3,
  asks: 'Do the bytes of media count toward the size of a job?',
  assumed: 'Yes: the smaller quota refuses the folder, and the larger takes it.',
  costs: (plan) => modelsBySize(plan).map(({ id }) => ({ job: `size ${id}`, modelId: id, records: minRecords })),

  async ask(world) {
    const { plan, objects, jobs } = world;
    const { bytes } = folderCopies(plan);
    await fillFolder(world);
    await objects.putRecords(`${folder}input.jsonl`, textRecords('size', minRecords));
    const seen = await Promise.all(
      modelsBySize(plan).map(async ({ id, quotas }) => {
        const jobArn = await jobs.create({ modelId: id, inputKey: folder });
        const job = await jobs.reach(jobArn, ({ status }) => status !== 'Submitted' && status !== 'Validating');
        if (!isOver(job)) await jobs.stop(jobArn);
        // A model that the account may not use fails too, and then the job's size is not the reason.
        const isDenied = /authorized|access|permission/i.test(job.message ?? '');
        return { maxJobBytes: quotas.maxJobBytes, isTaken: job.status !== 'Failed', isDenied, job };
      }),
    );
    const [small, large] = seen;
    const evidence = { bytes, seen };
    if (small && large?.isTaken && !small.isDenied) {
      if (!small.isTaken) return { answer: jobSize.assumed, evidence };
      if (bytes > small.maxJobBytes) return { answer: 'No: both quotas take the folder.', evidence };
    }
    const jobsSeen = seen.map(({ job }) => `${job.modelId} ${job.status} ${job.message ?? ''}`.trim());
    return { answer: `No conclusion from ${bytes} bytes: ${jobsSeen.join('; ')}`, evidence, isAnswered: false };
  },
};

/** A model with the smallest quota for a job's bytes, and one with the largest. */
function modelsBySize({ models }: Plan): Plan['models'][number][] {
  const largestFirst = models.toSorted((a, b) => b.quotas.maxJobBytes - a.quotas.maxJobBytes);
  return [largestFirst.at(-1), largestFirst[0]].filter((model) => model !== undefined);
}

async function fillFolder({ plan, objects, context }: World): Promise<void> {
  const seed = `${folder}seed.bin`;
  await objects.put(seed, new Uint8Array(seedBytes));
  const copies = Array.from({ length: folderCopies(plan).count - 1 }, (_, index) => `${folder}copy-${index + 1}.bin`);
  await pMap(copies, (key) => objects.copy(seed, key), { concurrency: 16, signal: context.interrupted });
}
