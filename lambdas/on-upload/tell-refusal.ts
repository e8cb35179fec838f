import type { TriggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import { requestErrorKey } from '../shared/domain/keys.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunEnded } from '../shared/domain/run/run-ended.ts';
import type { OnUploadOutput } from './events.ts';

export interface TellRefusalDependencies {
  store: Pick<MediaStore, 'writeText'>;
  table: Pick<TriggerTable, 'getRequestOf' | 'getLatestRunOf'>;
}

/** Says beside an uploaded request why its run was refused: what is wrong with it may show only in the bucket. */
export async function tellRefusal(
  { runId, status, reason = '' }: RunEnded,
  { store, table }: TellRefusalDependencies,
): Promise<OnUploadOutput> {
  if (status !== 'Refused') return { did: 'nothing', reason: `the run ended as ${status}` };
  const key = await table.getRequestOf(runId);
  if (key === undefined) return { did: 'nothing', reason: 'the run came of no uploaded request' };
  if ((await table.getLatestRunOf(key)) !== runId)
    return { did: 'nothing', reason: 'the file was uploaded again since' };
  await store.writeText(requestErrorKey(key), `${reason}\n`);
  return { did: 'refused', runId, reason };
}
