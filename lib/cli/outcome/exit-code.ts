import type { Run } from '../../../lambdas/shared/domain/run/run.ts';
import { exitCodes } from '../terminal/context.ts';

/** The exit code that tells how a run stands: 0 as long as it goes on. */
export const exitCodeOf: Record<Run['status'], number> = {
  Planning: exitCodes.succeeded,
  Running: exitCodes.succeeded,
  Succeeded: exitCodes.succeeded,
  NothingToDo: exitCodes.succeeded,
  Planned: exitCodes.succeeded,
  PartlySucceeded: exitCodes.partlySucceeded,
  Stopped: exitCodes.stopped,
  Refused: exitCodes.failed,
  Failed: exitCodes.failed,
};
