import { messageOf } from '../../../lambdas/shared/domain/errors/errors.ts';
import { isOver, outputNames, outputPrefixOf, type ShownJob } from '../jobs.ts';
import type { Plan } from '../plan.ts';
import type { JobCost, World } from '../question.ts';
import { textRecords } from '../records.ts';

/** Enough records that the job can still be stopped after it was seen in progress. */
const records = 1_000;

/** The life of a job without a timeout that was stopped, and whose name was used twice more. */
export interface JobLife {
  created: ShownJob;
  /** Why a second job of its name was refused; undefined if it was accepted. */
  refusedWhileOpen: string | undefined;
  /** The job when it was stopped. */
  begun: ShownJob;
  end: ShownJob;
  /** Names of its outputs. */
  outputs: string[];
  refusedAfterEnd: string | undefined;
}

/** The job, and two more of its name, which are stopped at once if they are accepted. */
export function jobLifeCosts({ models: [{ id }] }: Plan): JobCost[] {
  return ['life', 'life again', 'life once more'].map((job) => ({ job, modelId: id, records }));
}

const lives = new WeakMap<World, Promise<JobLife>>();

/** The life of that job, which is run once for all questions. */
export function jobLifeOf(world: World): Promise<JobLife> {
  const life = lives.get(world) ?? live(world);
  lives.set(world, life);
  return life;
}

async function live({ plan, objects, jobs }: World): Promise<JobLife> {
  const request = { modelId: plan.models[0].id, inputKey: 'verify-aws/life/input.jsonl' };
  await objects.putRecords(request.inputKey, textRecords('life', records));
  const jobArn = await jobs.create(request);
  const created = await jobs.reach(jobArn, () => true);
  const refusedWhileOpen = await whyRefused(created.jobName);
  const begun = await jobs.reach(jobArn, (job) => job.status === 'InProgress' || isOver(job));
  if (!isOver(begun)) await jobs.stop(jobArn);
  const end = await jobs.reach(jobArn, isOver);
  const outputs = outputNames(end, await objects.keys(outputPrefixOf(end.jobName)));
  return { created, refusedWhileOpen, begun, end, outputs, refusedAfterEnd: await whyRefused(created.jobName) };

  async function whyRefused(jobName: string | undefined): Promise<string | undefined> {
    try {
      await jobs.stop(await jobs.create(request, jobName));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}
