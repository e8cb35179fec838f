import { unlessNoBucket } from '../errors/errors.ts';
import { parseWritten } from '../format-version.ts';
import { attemptKey, type KeyPrefixes, planKey } from '../keys.ts';
import type { MediaStore } from '../ports/media-store.ts';
import { type Attempt, attemptSchema, type Plan, planSchema } from './plan.ts';

/** Where plans are written. */
export interface WrittenIn {
  store: Pick<MediaStore, 'readJson'>;
  prefixes: KeyPrefixes;
}

/** Reads the written plan of a run; undefined where there is no plan or no bucket. */
export async function readPlan(runId: string, { store, prefixes }: WrittenIn): Promise<Plan | undefined> {
  const key = planKey(prefixes, runId);
  const written = await store.readJson(key).catch(unlessNoBucket);
  return written === undefined ? undefined : parseWritten(planSchema, written, `The plan ${key}`);
}

/** @throws {TypeError} where the run has no plan */
export async function getPlan(runId: string, written: WrittenIn): Promise<Plan> {
  const plan = await readPlan(runId, written);
  if (plan === undefined)
    throw new TypeError(`Run ${runId} has no plan, expected ${planKey(written.prefixes, runId)}.`);
  return plan;
}

/** Reads a further attempt of a run, if it was written. */
export async function readAttempt(
  runId: string,
  attempt: number,
  { store, prefixes }: WrittenIn,
): Promise<Attempt | undefined> {
  const key = attemptKey(prefixes, runId, attempt);
  const written = await store.readJson(key);
  return written === undefined ? undefined : parseWritten(attemptSchema, written, `The attempt ${key}`);
}

/** Reads all written attempts of a plan, the first one first. */
export async function attemptsOf(plan: Plan, written: WrittenIn): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (let attempt = plan.firstAttempt; attempt !== undefined; ) {
    attempts.push(attempt);
    attempt = await readAttempt(plan.runId, attempt.attempt + 1, written);
  }
  return attempts;
}
