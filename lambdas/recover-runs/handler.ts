import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { batchJobs } from '../shared/aws/bedrock.ts';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { executions } from '../shared/aws/step-functions.ts';
import { environmentSchemas, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { judgeWaits } from './judge-waits.ts';
import {
  logRecovery,
  recoverRuns,
  recoverRunsInputSchema,
  recoverRunsOutputSchema,
  requireAllRecovered,
} from './recover-runs.ts';

const environment = readEnvironment(environmentSchemas['recover-runs']);
const dependencies = {
  table: runTable(new DynamoDBClient(), environment.TABLE_NAME),
  bedrock: batchJobs(new BedrockClient()),
  executions: executions(new SFNClient()),
  stateMachineArn: environment.STATE_MACHINE_ARN,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'recover-runs',
  input: recoverRunsInputSchema,
  output: recoverRunsOutputSchema,
  run: async (_input, { log, counters }) => {
    const summary = await recoverRuns(dependencies);
    counters.add('StuckRuns', summary.counts.stuck);
    counters.add('RunsNotRecovered', summary.counts.failed);
    logRecovery(summary, log);
    const waits = await judgeWaits(dependencies);
    counters.add('OpenRuns', waits.openRuns);
    counters.add('LongestWaitMinutes', waits.longestWaitMinutes);
    counters.add('OwnersNotJudged', waits.ownersNotJudged.length);
    log.info('Waits:Judged', { ...waits });
    requireAllRecovered(summary);
    return summary;
  },
});
