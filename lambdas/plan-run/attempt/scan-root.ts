import * as z from 'zod';
import { scanFolder } from '../../shared/domain/job/scan-folder.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import type { RunTable } from '../../shared/domain/ports/run-table.ts';

/** The most foreign keys that are kept: a message names three. */
const maxForeignInputs = 1000;

/** The result of the scan so far, over all turns. */
export const rootScanSchema = z.object({
  /** Keys of foreign `.jsonl`. */
  foreignInputs: z.array(z.string()),
  /** Of everything in the bucket. */
  totalBytes: z.int(),
  lastKey: z.string().optional(),
  isComplete: z.boolean(),
});
export type RootScan = z.infer<typeof rootScanSchema>;

/** Scans the media bucket from where the last turn stopped, until its end or until time is up. */
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
