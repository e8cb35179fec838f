import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MetricName } from '../../../lambdas/shared/runtime/metric-names.ts';
import type { StepLambda } from '../functions/step-lambda.ts';
import { recoveryPeriod } from '../triggers/recovery-triggers.ts';
import { metricOf } from './metrics.ts';

interface DashboardProps {
  stackName: string;
  alarms: readonly IAlarm[];
  deadLetters: IQueue;
  steps: readonly StepLambda[];
}

/** The whole stack on one screen: alarms, ends of runs, records, costs and waits. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { stackName, alarms, deadLetters, steps }: DashboardProps) {
    super(scope, id);
    const sums = (...names: MetricName[]) => names.map((name) => metricOf(stackName, name, 'Sum', Duration.hours(1)));
    const most = (...names: MetricName[]) => names.map((name) => metricOf(stackName, name, 'Maximum', recoveryPeriod));
    const graph = (title: string, left: readonly IMetric[]) =>
      new GraphWidget({ title, left: [...left], width: 8, height: 6 });
    const ofFunctions = (metric: (step: StepLambda) => IMetric) => steps.map(metric);
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: stackName,
      defaultInterval: Duration.days(7),
      widgets: [
        [
          new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 16, height: 4 }),
          new SingleValueWidget({
            title: 'USD for answers, as batch',
            metrics: sums('BatchUsd'),
            setPeriodToTimeRange: true,
            width: 8,
            height: 4,
          }),
        ],
        [
          graph(
            'Runs that ended',
            sums('RunsSucceeded', 'RunsPartlySucceeded', 'RunsFailed', 'RunsRefused', 'RunsStopped'),
          ),
          graph('Records', sums('RecordsSucceeded', 'RecordsFailed', 'RecordsMissing')),
          graph('Longest wait, in minutes', most('LongestWaitMinutes')),
        ],
        [
          graph('Open runs', most('OpenRuns', 'StuckRuns', 'RunsNotRecovered', 'OwnersNotJudged')),
          graph('Clean-up', sums('CleanUps', 'ObjectsRemoved', 'RemovalFailures')),
          graph('Dead letters', [deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' })]),
        ],
        [
          // A step that waits throws an error, so some errors are normal.
          graph(
            'Errors of functions, waiting included',
            ofFunctions((step) => step.function.metricErrors({ statistic: 'Sum' })),
          ),
          graph(
            'Throttles of functions',
            ofFunctions((step) => step.function.metricThrottles({ statistic: 'Sum' })),
          ),
        ],
      ],
    });
  }
}
