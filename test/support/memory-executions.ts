import { type ExecutionState, type Executions, executionArnOf } from '../../lambdas/shared/executions.ts';

/** Executions in memory: what nobody told of is unknown, as with the real ones. */
export function memoryExecutions() {
  const states = new Map<string, ExecutionState>();
  const started: { name: string; input: object }[] = [];
  const verbs: Executions = {
    describe: async (executionArn) => states.get(executionArn),
    async startNamed(stateMachineArn, name, input) {
      const executionArn = executionArnOf(stateMachineArn, name);
      if (states.has(executionArn)) return;
      states.set(executionArn, { running: true });
      started.push({ name, input });
    },
  };
  return {
    ...verbs,
    start: (executionArn: string) => states.set(executionArn, { running: true }),
    end: (executionArn: string, endedAt: number, status: 'FAILED' | 'ABORTED' = 'FAILED') =>
      states.set(executionArn, { running: false, endedAt, status }),
    /** Those that `startNamed` has really started. */
    started,
  };
}
