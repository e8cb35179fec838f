import * as z from 'zod';

/** Why media, or single analyses of them, were left out, and how many. */
export const skippedSchema = z.object({ total: z.int().min(0), byReason: z.record(z.string(), z.int().min(1)) });
export type Skipped = z.infer<typeof skippedSchema>;
