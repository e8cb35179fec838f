import * as z from 'zod';
import type { RunTable } from '../../shared/aws/dynamodb/run-table.ts';
import type { MediaStore } from '../../shared/aws/s3/media-store.ts';
import { surveyFolder } from '../../shared/domain/job/scan-folder.ts';
import type { Root } from './decide-layout.ts';

/** Of strangers' keys so many are kept: a message names three. */
const maxStrangers = 1000;

/** What a job at the root would find there, as far as turns have looked. */
export const rootSurveySchema = z.object({
  strangers: z.array(z.string()),
  totalBytes: z.int(),
  lastKey: z.string().optional(),
  isComplete: z.boolean(),
});
export type RootSurvey = z.infer<typeof rootSurveySchema>;

/** Looks through the media bucket, on from where a turn before stopped, until its end or until time is up. */
export async function surveyRoot(
  store: Pick<MediaStore, 'listObjects' | 'headObject'>,
  table: Pick<RunTable, 'findJob'>,
  isTimeUp: () => boolean,
  earlier: RootSurvey = { strangers: [], totalBytes: 0, isComplete: false },
): Promise<RootSurvey> {
  if (earlier.isComplete) return earlier;
  const { inputs, totalBytes, lastKey, isComplete } = await surveyFolder(store, table, {
    startAfter: earlier.lastKey,
    isTimeUp,
  });
  const strangers = inputs.flatMap(({ key, job }) => (job === undefined ? key : []));
  return {
    strangers: [...earlier.strangers, ...strangers].slice(0, maxStrangers),
    totalBytes: earlier.totalBytes + totalBytes,
    lastKey,
    isComplete,
  };
}

/** What decides about the layout. */
export function rootOf({ strangers, totalBytes }: RootSurvey, bucket: string): Root {
  return { bucket, strangers: strangers.map((key) => ({ key })), totalBytes };
}
