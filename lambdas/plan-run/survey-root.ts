import type { MediaStore } from '../shared/media-store.ts';
import type { RunTable } from '../shared/run-table.ts';
import { surveyFolder } from '../shared/shared-folder.ts';
import type { Root } from './decide-layout.ts';

/** Looks through the whole media bucket for what a job at its root would find. */
export async function surveyRoot(
  store: Pick<MediaStore, 'bucket' | 'listObjects' | 'headObject'>,
  table: Pick<RunTable, 'findJob'>,
): Promise<Root> {
  const { inputs, totalBytes } = await surveyFolder(store, table);
  return { bucket: store.bucket, strangers: inputs.filter(({ job }) => job === undefined), totalBytes };
}
