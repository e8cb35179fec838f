import { isNoSuchBucket } from '../shared/errors.ts';
import { type KeyPrefixes, outcomeKey, planKey, roundKey } from '../shared/keys.ts';
import type { MediaStore } from '../shared/media-store.ts';
import { type Plan, planSchema, type Round, roundSchema } from '../shared/plan.ts';
import { type Outcome, outcomeSchema } from '../shared/state.ts';

interface ReadRunDependencies {
  store: Pick<MediaStore, 'readJson'>;
  prefixes: KeyPrefixes;
}

/** The plan of a run with all of its rounds; without rounds where it came to none. */
export async function readPlan(
  runId: string,
  { store, prefixes }: ReadRunDependencies,
): Promise<{ plan?: Plan; rounds: Round[] }> {
  const written = await store.readJson(planKey(prefixes, runId)).catch(unlessNoBucket);
  if (written === undefined) return { rounds: [] };
  const plan = planSchema.parse(written);
  const rounds = plan.firstRound === undefined ? [] : [plan.firstRound];
  while (rounds.length > 0) {
    const further = await store.readJson(roundKey(prefixes, runId, rounds.length + 1));
    if (further === undefined) break;
    rounds.push(roundSchema.parse(further));
  }
  return { plan, rounds };
}

/** The outcome that an earlier try wrote. */
export async function readOutcome(
  runId: string,
  { store, prefixes }: ReadRunDependencies,
): Promise<Outcome | undefined> {
  return outcomeSchema.safeParse(await store.readJson(outcomeKey(prefixes, runId)).catch(unlessNoBucket)).data;
}

/** A run that was refused because its bucket is not there still ends with its outcome, only not in that bucket. */
export function unlessNoBucket(error: unknown): undefined {
  if (!isNoSuchBucket(error)) throw error;
  return undefined;
}
