import type { ExecutionState, Executions } from '../../lambdas/shared/executions.ts';

/** Executions in memory: what nobody told of is unknown, as with the real ones. */
export function memoryExecutions() {
  const states = new Map<string, ExecutionState>();
  const verbs: Executions = { describe: async (executionArn) => states.get(executionArn) };
  return {
    ...verbs,
    start: (executionArn: string) => states.set(executionArn, { running: true }),
    end: (executionArn: string, endedAt: number) => states.set(executionArn, { running: false, endedAt }),
  };
}
