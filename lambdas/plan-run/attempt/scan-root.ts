import * as z from 'zod';
import { scanFolder } from '../../shared/domain/job/scan-folder.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import type { RunTable } from '../../shared/domain/ports/run-table.ts';
import type { Root } from './decide-layout.ts';

/** Of foreign keys so many are kept: a message names three. */
const maxForeignInputs = 1000;

/** What a job at the root would find there, as far as turns have looked. */
export const rootScanSchema = z.object({
  foreignInputs: z.array(z.string()),
  totalBytes: z.int(),
  lastKey: z.string().optional(),
  isComplete: z.boolean(),
});
export type RootScan = z.infer<typeof rootScanSchema>;

/** Looks through the media bucket, on from where a turn before stopped, until its end or until time is up. */
export async function scanRoot(
  store: Pick<MediaStore, 'listObjects' | 'headObject'>,
  table: Pick<RunTable, 'findJob'>,
  isTimeUp: () => boolean,
  earlier: RootScan = { foreignInputs: [], totalBytes: 0, isComplete: false },
): Promise<RootScan> {
  if (earlier.isComplete) return earlier;
  const { inputs, totalBytes, lastKey, isComplete } = await scanFolder(store, table, {
    startAfter: earlier.lastKey,
    isTimeUp,
  });
  const foreignInputs = inputs.flatMap(({ key, job }) => (job === undefined ? key : []));
  return {
    foreignInputs: [...earlier.foreignInputs, ...foreignInputs].slice(0, maxForeignInputs),
    totalBytes: earlier.totalBytes + totalBytes,
    lastKey,
    isComplete,
  };
}

/** What decides about the layout. */
export function rootOf({ foreignInputs, totalBytes }: RootScan, bucket: string): Root {
  return { bucket, foreignInputs: foreignInputs.map((key) => ({ key })), totalBytes };
}
