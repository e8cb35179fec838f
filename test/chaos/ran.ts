import { z } from 'zod';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** A record that Bedrock ran, and in which job. */
export interface Ran {
  jobName: string;
  recordId: string;
  submitTime: number;
  endTime: number;
}

const lineSchema = z.object({ recordId: z.string() });

/**
 * What Bedrock ran: of the inputs as a job read them when it began, in their order, as many records as it says that it
 * processed. Its output would not do: a job that fails leaves none, and is paid for all the same.
 */
export function readRan({ jobs }: State, { inputReads }: World): Ran[] {
  // The newest is the first in a list of jobs.
  return jobs.toReversed().flatMap(({ jobName = '', processedRecordCount = 0, submitTime, endTime }, at) => {
    const reads = Map.groupBy(
      inputReads.filter(({ job }) => job === at + 1),
      ({ key }) => key,
    );
    // It reads each file twice: in Validating, and when it runs.
    const lines = [...reads.values()].flatMap(([, whenItRan]) => (whenItRan?.text ?? '').split('\n'));
    const taken = lines.filter((line) => line !== '').slice(0, processedRecordCount);
    const times = { submitTime: Number(submitTime), endTime: Number(endTime) };
    return taken.map((line) => ({ jobName, recordId: lineSchema.parse(JSON.parse(line)).recordId, ...times }));
  });
}
