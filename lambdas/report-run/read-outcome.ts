import { unlessNoBucket } from '../shared/domain/errors/errors.ts';
import { outcomeKey } from '../shared/domain/keys.ts';
import type { WrittenIn } from '../shared/domain/plan/read-plan.ts';
import { type Outcome, outcomeSchema } from '../shared/domain/run/outcome.ts';

/** The outcome that an earlier try wrote. */
export async function readOutcome(runId: string, { store, prefixes }: WrittenIn): Promise<Outcome | undefined> {
  return outcomeSchema.safeParse(await store.readJson(outcomeKey(prefixes, runId)).catch(unlessNoBucket)).data;
}
