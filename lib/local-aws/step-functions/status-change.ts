import type { ExecutionRecord } from './execution-files.ts';
import type { RedriveState } from './redrive.ts';

/** EventBridge takes no larger events: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const maxDataBytes = 248 * 1024;

/** The detail of a "Step Functions Execution Status Change". */
export type StatusChange = ReturnType<typeof statusChangeOf>;

/** Times are in ms; what there is none of is null. Of data that is too large only the details are left. */
export function statusChangeOf({ mapRunArn: _none, ...record }: ExecutionRecord & Partial<RedriveState>) {
  const { input, output = null, stopDate = null, error = null, cause = null } = record;
  const { redriveDate = null, redriveStatusReason = null } = record;
  const outputBytes = output === null ? 0 : escapedBytes(output);
  const [hasInput, hasOutput] = [escapedBytes(input) + outputBytes, outputBytes].map((bytes) => bytes <= maxDataBytes);
  return {
    ...{ ...record, stopDate, error, cause, stateMachineVersionArn: null, stateMachineAliasArn: null },
    ...{ redriveDate, redriveStatusReason },
    input: hasInput ? input : null,
    inputDetails: { included: hasInput },
    output: hasOutput ? output : null,
    outputDetails: output === null ? null : { included: hasOutput },
  };
}

const escapedBytes = (data: string) => Buffer.byteLength(JSON.stringify(data));
