import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { maxExecutions } from '../../../lambdas/shared/domain/waits.ts';
import { recoveryPeriod } from '../triggers/recovery-triggers.ts';
import { metricOf } from './metrics.ts';

interface AlarmsProps {
  stackName: string;
  topic: ITopic;
  deadLetters: IQueue;
  /** One that leaves out days has no alarm: CloudWatch looks back a week at most. */
  cleanUpSchedule: string;
}

interface AlarmFacts {
  /** What happened, what to look at and what to do, for whoever gets the mail. */
  description: string;
  metric: Metric;
  /** By default 1: any is too many. */
  atLeast?: number;
  below?: number;
  /** Periods in a row; by default 1. */
  periods?: number;
  /** No data is as bad as bad data. */
  isMissingBad?: boolean;
}

/** Longer than Bedrock takes for most jobs, so that whoever waits so long waits for more than one. */
const longWaitMinutes = 24 * 60;

/**
 * An alarm for each thing that a person has to do something about, each with its entry in the runbook. None for errors
 * and throttles of single functions: steps report with named errors that they wait, the machine repeats what passes, and what is
 * left of them ends a run or becomes a dead letter.
 */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { stackName, topic, deadLetters, cleanUpSchedule }: AlarmsProps) {
    super(scope, id);
    const of = (...[name, statistic, period]: [Parameters<typeof metricOf>[1], 'Sum' | 'Maximum', Duration?]) =>
      metricOf(stackName, name, statistic, period);
    const facts: Record<string, AlarmFacts> = {
      RunFailed: {
        metric: of('RunsFailed', 'Sum'),
        description:
          'A run ended without a single answer. Read "reason" in its outcome.json, put that right and start it again with newOnly.',
      },
      RunRefused: {
        metric: of('RunsRefused', 'Sum'),
        description:
          'A run was refused before anything was sent. Its cause says in one sentence what cannot work and the fix.',
      },
      RecordsMissing: {
        metric: of('RecordsMissing', 'Sum'),
        description:
          'A run ended with records that nobody answered. Its ledger says why for each; retry the run for just these.',
      },
      WaitingTooLong: {
        metric: of('LongestWaitMinutes', 'Maximum', recoveryPeriod),
        atLeast: longWaitMinutes,
        description:
          'A job has waited for the root of the bucket or for a job slot for a day. See which job has it; stop that one, stage, or wait.',
      },
      OwnerNotJudged: {
        metric: of('OwnersNotJudged', 'Maximum', recoveryPeriod),
        // One that has only just begun may not be known yet.
        periods: 2,
        description:
          'Nobody can say whether the job that has the root of the bucket still lives, so that others wait for ever. The log of recover-runs names it.',
      },
      RunStuck: {
        metric: of('StuckRuns', 'Maximum', recoveryPeriod),
        description: `A run was resumed ${maxExecutions - 1} times, over two weeks, and has no report. See why its last execution ended, fix that and redrive it.`,
      },
      RecoveryFailing: {
        metric: of('RunsNotRecovered', 'Maximum', recoveryPeriod),
        periods: 3,
        isMissingBad: true,
        description:
          'For three quarters of an hour recovery failed or did not run, so that no run is resumed and none is stopped. Read the log of recover-runs.',
      },
      DeadLetters: {
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({
          period: Duration.minutes(5),
          statistic: 'Maximum',
        }),
        description:
          'A schedule or an event could not be acted upon. Read the message in the dead-letter queue, put right what it names, then delete it.',
      },
    };
    if (isDaily(cleanUpSchedule)) {
      facts.CleanUpNotRun = {
        metric: of('CleanUps', 'Sum', Duration.days(1)),
        below: 1,
        // A day of CloudWatch's is one of UTC or begins at any minute, and a night may fall between two.
        periods: 2,
        isMissingBad: true,
        description:
          'No clean-up has ended for two days, so that old inputs and outputs stay and cost. Run it by hand and read its log.',
      };
    }
    const action = new SnsAction(topic);
    this.alarms = Object.entries(facts).map(([name, alarmFacts]) => {
      const alarm = this.alarm(stackName, name, alarmFacts);
      alarm.addAlarmAction(action);
      return alarm;
    });
  }

  private alarm(stackName: string, name: string, facts: AlarmFacts): Alarm {
    const { description, metric, atLeast = 1, below, periods = 1, isMissingBad = false } = facts;
    return new Alarm(this, name, {
      alarmName: `${stackName}-${name}`,
      alarmDescription: `${description} docs/operations.md, "Runbook": ${name}.`,
      metric,
      threshold: below ?? atLeast,
      comparisonOperator:
        below === undefined
          ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: isMissingBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }
}

/** Whether a schedule runs at least once on every day; what is not surely so counts as no. */
export function isDaily(expression: string): boolean {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const minutesOf: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 24 * 60 };
  if (unit !== undefined) return Number(count) * (minutesOf[unit] ?? Number.NaN) <= 24 * 60;
  const [, , ofMonth = '', month, ofWeek = '', year] = /^cron\((.*)\)$/.exec(expression)?.[1]?.split(' ') ?? [];
  return /^[*?]$/.test(ofMonth) && /^[*?]$/.test(ofWeek) && month === '*' && year === '*';
}
