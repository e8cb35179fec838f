import type { ExecutionRecord } from './execution-files.ts';

/** EventBridge takes no larger events: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const maxDataBytes = 248 * 1024;

/** The detail of a "Step Functions Execution Status Change". */
export type StatusChange = ReturnType<typeof statusChangeOf>;

/** Times are in ms; what there is none of is null. Of data that is too large only the details are left. */
export function statusChangeOf({ mapRunArn: _none, ...record }: ExecutionRecord) {
  const { status, input, output = null, stopDate = null, error = null, cause = null } = record;
  const outputBytes = output === null ? 0 : escapedBytes(output);
  const [hasInput, hasOutput] = [escapedBytes(input) + outputBytes, outputBytes].map((bytes) => bytes <= maxDataBytes);
  const isRedrivable = ['ABORTED', 'FAILED', 'TIMED_OUT'].includes(status);
  return {
    ...{ ...record, stopDate, error, cause, stateMachineVersionArn: null, stateMachineAliasArn: null },
    input: hasInput ? input : null,
    inputDetails: { included: hasInput },
    output: hasOutput ? output : null,
    outputDetails: output === null ? null : { included: hasOutput },
    redriveCount: 0,
    redriveDate: null,
    redriveStatus: isRedrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    redriveStatusReason: isRedrivable ? null : `Execution is ${status} and cannot be redriven`,
  };
}

const escapedBytes = (data: string) => Buffer.byteLength(JSON.stringify(data));
