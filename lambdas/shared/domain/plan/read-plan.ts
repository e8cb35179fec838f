import type { MediaStore } from '../../aws/s3/media-store.ts';
import { unlessNoBucket } from '../errors/errors.ts';
import { type KeyPrefixes, planKey, roundKey } from '../keys.ts';
import { type Plan, planSchema, type Round, roundSchema } from './plan.ts';

/** Where plans are written down. */
export interface WrittenIn {
  store: Pick<MediaStore, 'readJson'>;
  prefixes: KeyPrefixes;
}

/** The plan of a run as it was written down; undefined where there is none, or no bucket that it could lie in. */
export async function readPlan(runId: string, { store, prefixes }: WrittenIn): Promise<Plan | undefined> {
  const written = await store.readJson(planKey(prefixes, runId)).catch(unlessNoBucket);
  return written === undefined ? undefined : planSchema.parse(written);
}

/** A further round of a run, if one was written down. */
export async function readRound(
  runId: string,
  round: number,
  { store, prefixes }: WrittenIn,
): Promise<Round | undefined> {
  const written = await store.readJson(roundKey(prefixes, runId, round));
  return written === undefined ? undefined : roundSchema.parse(written);
}

/** All rounds of a plan that were written down, the first one first. */
export async function roundsOf(plan: Plan, written: WrittenIn): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = plan.firstRound; round !== undefined; ) {
    rounds.push(round);
    round = await readRound(plan.runId, round.round + 1, written);
  }
  return rounds;
}
