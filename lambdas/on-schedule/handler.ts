import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { runTable } from '../shared/aws/dynamodb/run-table.ts';
import { triggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import { executions } from '../shared/aws/step-functions.ts';
import { environmentSchemas, readEnvironment } from '../shared/runtime/environment.ts';
import { stepHandler } from '../shared/runtime/step-handler.ts';
import { onScheduleInputSchema, onScheduleOutputSchema } from './events.ts';
import { onSchedule } from './on-schedule.ts';

const environment = readEnvironment(environmentSchemas['on-schedule']);
const dynamodb = new DynamoDBClient();
const dependencies = {
  table: triggerTable(dynamodb, environment.TABLE_NAME, Date.now),
  runs: runTable(dynamodb, environment.TABLE_NAME),
  executions: executions(new SFNClient()),
  stateMachineArn: environment.STATE_MACHINE_ARN,
  now: Date.now,
};

export const handler = stepHandler({
  step: 'on-schedule',
  input: onScheduleInputSchema,
  output: onScheduleOutputSchema,
  run: async (event, { log }) => {
    const done = await onSchedule(event, dependencies);
    log.info('Schedule:Handled', { start: event.start, ...done });
    return done;
  },
});
