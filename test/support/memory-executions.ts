import { executionArnOf } from '../../lambdas/shared/aws/step-functions.ts';
import type { ExecutionState, Executions } from '../../lambdas/shared/domain/ports/executions.ts';

/** Executions in memory: what nobody told of is unknown, as with the real ones. */
export function memoryExecutions() {
  const states = new Map<string, ExecutionState>();
  const started: { name: string; input: object }[] = [];
  const tags = new Map<string, Record<string, string>>();
  const stopped: string[] = [];
  const verbs: Executions = {
    describe: async (executionArn) => states.get(executionArn),
    async startNamed(stateMachineArn, name, input) {
      const executionArn = executionArnOf(stateMachineArn, name);
      if (states.has(executionArn)) return;
      states.set(executionArn, { running: true });
      started.push({ name, input });
    },
    listRunning: async () => [...states].flatMap(([arn, state]) => (state?.running && !isChild(arn) ? [arn] : [])),
    async stop(executionArn) {
      stopped.push(executionArn);
      if (states.get(executionArn)?.running)
        states.set(executionArn, { running: false, endedAt: 0, status: 'ABORTED' });
    },
    tagsOf: async (stateMachineArn) => tags.get(stateMachineArn),
  };
  return {
    ...verbs,
    start: (executionArn: string) => states.set(executionArn, { running: true }),
    end: (executionArn: string, endedAt: number, status: 'FAILED' | 'ABORTED' = 'FAILED') =>
      states.set(executionArn, { running: false, endedAt, status }),
    /** As Step Functions forgets one 90 days after its end. */
    forget: (executionArn: string) => states.delete(executionArn),
    /** Those that `startNamed` has really started, and those that were stopped. */
    started,
    stopped,
    /** A machine with these tags. */
    tag: (stateMachineArn: string, given: Record<string, string>) => tags.set(stateMachineArn, given),
  };
}

/** A child of a map is listed with its Map Run only. */
const isChild = (executionArn: string) => executionArn.includes('/');
