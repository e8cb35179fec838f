import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const event = z.looseObject({ id: z.number(), previousEventId: z.number(), timestamp: z.number(), type: z.string() });
const record = z.object({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  name: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT']),
  startDate: z.number(),
  stopDate: z.number().optional(),
  input: z.string(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  mapRunArn: z.string().optional(),
});
const file = z.object({ record, events: z.array(event) });

/** An event and an execution as the API shows them, except that their times are in ms. */
export type HistoryEvent = z.infer<typeof event>;
export type ExecutionRecord = z.infer<typeof record>;
export type ExecutionFile = z.infer<typeof file>;

/** One file per execution: written when it starts, and with its history when it ends. */
export function openExecutionFiles(folder: string) {
  mkdirSync(folder, { recursive: true });
  return {
    /** Oldest first. */
    read: (): ExecutionFile[] =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => file.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))))
        .sort((a, b) => a.record.startDate - b.record.startDate),
    write({ record, events }: ExecutionFile) {
      // A file is there whole or not at all, whenever the process is ended.
      const path = join(folder, `${hash('sha256', record.executionArn).slice(0, 32)}.json`);
      writeFileSync(`${path}.part`, JSON.stringify({ record, events }));
      renameSync(`${path}.part`, path);
    },
  };
}
