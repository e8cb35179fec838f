import type { ExecutionRecord } from './execution-files.ts';
import type { EventType, Machine } from './run.ts';

/** The API names an event's details after its type, and says of data that none of it was cut. */
export function namedDetails(type: EventType, details?: object): object {
  if (!details) return {};
  const [kind = type] = /State(Entered|Exited)$/.exec(type) ?? [];
  const whole = ['input', 'output', 'assignedVariables'].filter((field) => Object.hasOwn(details, field));
  const notes = whole.map((field) => [`${field}Details`, { truncated: false }]);
  const name = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}EventDetails`;
  return { [name]: { ...details, ...Object.fromEntries(notes) } };
}

/** `$states.context` of all states: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
export function contextOf(record: ExecutionRecord, { arn, roleArn }: Machine, input: unknown) {
  const { executionArn, name, startDate, redriveCount, redriveDate } = record;
  const redriven = redriveDate !== undefined && { RedriveTime: new Date(redriveDate).toISOString() };
  const times = { StartTime: new Date(startDate).toISOString(), RedriveCount: redriveCount, ...redriven };
  return {
    Execution: { Id: executionArn, Name: name, RoleArn: roleArn, Input: input, ...times },
    StateMachine: { Id: arn, Name: arn.split(':')[6] },
  };
}
