import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { type KeyPrefixes, ledgerKey } from '../../shared/domain/keys.ts';
import type { Plan } from '../../shared/domain/plan/plan.ts';
import { readPlan } from '../../shared/domain/plan/read-plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import type { RunTable } from '../../shared/domain/ports/run-table.ts';
import type { MediaBatchRequest } from '../../shared/domain/request/request.ts';
import { isOpen } from '../../shared/domain/run/run.ts';

/**
 * Returns the plan of the run that a request retries.
 *
 * @throws {RequestRefused} where that run is unknown, still runs, or left nothing that could be retried
 */
export async function retriedPlan(
  retryOf: string,
  {
    table,
    store,
    prefixes,
  }: {
    table: Pick<RunTable, 'getRun'>;
    store: Pick<MediaStore, 'bucket' | 'readJson' | 'headObject'>;
    prefixes: KeyPrefixes;
  },
): Promise<Plan> {
  const refusal = (problem: string) =>
    new RequestRefused(`"retryOf" of the request names run ${JSON.stringify(retryOf)}, ${problem}.`);
  const run = await table.getRun(retryOf);
  if (run === undefined) {
    throw refusal(
      'which this stack does not know; expected the ID of one that has ended: see "media-batch status", IDs are case-sensitive',
    );
  }
  if (isOpen(run)) throw refusal('which still goes on; expected one that has ended: wait for its end, or stop it');
  const plan = await readPlan(retryOf, { store, prefixes });
  const isWhole =
    plan?.startedAt === run.startedAt &&
    (plan.firstAttempt === undefined || (await store.headObject(ledgerKey(prefixes, retryOf))) !== undefined);
  if (plan === undefined || !isWhole) {
    throw refusal(
      `which ended as ${run.status} and has no plan or no ledger in the bucket; expected both, as a run that has sent something ` +
        'leaves them until clean-up removes them: name the media again, with "newOnly" for those without an answer',
    );
  }
  if (plan.bucket !== store.bucket) {
    throw refusal(`which was about bucket ${plan.bucket}; expected one about ${store.bucket}: name the media again`);
  }
  return plan;
}

/**
 * Returns a retrying request with the settings of the retried run where it has none of its own. It is limited to
 * unclaimed media, because another run may have answered them since.
 *
 * @throws {RequestRefused} for staged jobs of prebuilt records
 */
export function withSettingsOf({ request, timeoutHours, retries }: Plan, asked: MediaBatchRequest): MediaBatchRequest {
  const { name, layout, belowMinimum, maxCostUsd, records } = request;
  if (records !== undefined && asked.layout === 'staged') {
    throw new RequestRefused(
      'The request retries prebuilt records with "layout": "staged"; expected them at the root, where the media are that they ' +
        'name: leave "layout" out.',
    );
  }
  const settings = { name, layout, belowMinimum, maxCostUsd, timeoutHours, retries };
  return { ...settings, ...asked, records, media: records === undefined ? { newOnly: true } : undefined };
}
