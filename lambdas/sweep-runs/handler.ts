import { BedrockClient } from '@aws-sdk/client-bedrock';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { batchJobs } from '../shared/batch-jobs.ts';
import { environmentSchemas, readEnvironment } from '../shared/environment.ts';
import { executions } from '../shared/executions.ts';
import { stepHandler } from '../shared/middleware.ts';
import { runTable } from '../shared/run-table.ts';
import { requireWhole, sweepRuns, sweepRunsInputSchema, sweepRunsOutputSchema } from './sweep-runs.ts';

const environment = readEnvironment(environmentSchemas['sweep-runs']);
const dependencies = {
  table: runTable(new DynamoDBClient(), environment.TABLE_NAME),
  bedrock: batchJobs(new BedrockClient()),
  executions: executions(new SFNClient()),
  stateMachineArn: environment.STATE_MACHINE_ARN,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'sweep-runs',
  input: sweepRunsInputSchema,
  output: sweepRunsOutputSchema,
  run: async (_input, { log }) => {
    const summary = await sweepRuns(dependencies);
    log.info('Sweep:Ended', { ...summary });
    requireWhole(summary);
    return summary;
  },
});
