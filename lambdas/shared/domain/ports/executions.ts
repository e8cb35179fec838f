/** End statuses: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
export type EndStatus = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Whether an execution runs, or how and when it ended (ms since 1970); undefined if Step Functions forgot it. */
export type ExecutionState = { running: true } | { running: false; endedAt: number; status?: EndStatus } | undefined;

/** Executions of the state machine, as the steps use them. */
export interface Executions {
  describe(executionArn: string): Promise<ExecutionState>;

  /** Starts an execution of this name. One that was started before, running or ended, is no error. */
  startNamed(stateMachineArn: string, name: string, input: object): Promise<void>;

  /** Lists the ARNs of a machine's running executions, without the children of maps. */
  listRunning(stateMachineArn: string): Promise<string[]>;

  /** Stops an execution, without a cause, which may need a KMS key of its own. A forgotten one is no error. */
  stop(executionArn: string): Promise<void>;

  /** Returns the tags of a machine; undefined if it does not exist. */
  tagsOf(stateMachineArn: string): Promise<Record<string, string> | undefined>;
}
