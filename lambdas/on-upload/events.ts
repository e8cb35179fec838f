import * as z from 'zod';
import { runEndedSchema } from '../shared/domain/run/run-ended.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html; keys are not URL-encoded there. */
const objectCreatedSchema = z.object({
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string().min(1),
      size: z.int().min(0),
      etag: z.string().min(1),
      /** Grows with every upload of the key; identical bytes have the same ETag. */
      sequencer: z.string().min(1),
    }),
  }),
});
export type Upload = z.output<typeof objectCreatedSchema>['detail']['object'];

const runRefusedSchema = z.object({ 'detail-type': z.literal('Run Ended'), detail: runEndedSchema });

/** An event of the bucket, or of a refused run. */
export const onUploadInputSchema = z.discriminatedUnion('detail-type', [objectCreatedSchema, runRefusedSchema]);

/** What was done about an event. */
export const onUploadOutputSchema = z.strictObject({
  action: z.enum(['started', 'refused', 'noted', 'none']),
  runId: z.string().optional(),
  /** Why the request was refused, or why nothing was done. */
  reason: z.string().optional(),
});
export type OnUploadOutput = z.infer<typeof onUploadOutputSchema>;
