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
  /** A schedule that is not daily has no alarm: CloudWatch looks back a week at most. */
  cleanUpSchedule: string;
}

interface AlarmFacts {
  /** What happened, what to look at and what to do, as the mail says it. */
  description: string;
  metric: Metric;
  /** @default 1 */
  atLeast?: number;
  below?: number;
  /** Periods in a row. @default 1 */
  periods?: number;
  /** Missing data is bad too. */
  isMissingBad?: boolean;
}

/** Longer than Bedrock takes for most jobs: a job that waits this long waits for more than one. */
const longWaitMinutes = 24 * 60;

/**
 * An alarm for each problem that a person must solve, each with its entry in the runbook.
 *
 * None for errors and throttles of functions: a step that waits throws a named error, the machine retries what passes,
 * and the rest ends a run or becomes a dead letter.
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
          'A run ended without an answer. Read "reason" in its outcome.json, fix that and start it again with newOnly.',
      },
      RunRefused: {
        metric: of('RunsRefused', 'Sum'),
        description:
          'A run was refused before anything was sent. The cause of its execution is one sentence with the fix.',
      },
      RecordsMissing: {
        metric: of('RecordsMissing', 'Sum'),
        description:
          'A run ended with unanswered records. Its ledger has the reason for each; retry the run to send only these.',
      },
      WaitingTooLong: {
        metric: of('LongestWaitMinutes', 'Maximum', recoveryPeriod),
        atLeast: longWaitMinutes,
        description:
          'A job has waited a day for the root of the bucket or for a job slot. Find the job that has it; stop that ' +
          'job, use staged jobs, or wait.',
      },
      OwnerNotJudged: {
        metric: of('OwnersNotJudged', 'Maximum', recoveryPeriod),
        // An execution that has just started may not be known yet.
        periods: 2,
        description:
          'It is unknown whether the owner of the lock still runs, so other jobs wait for ever. ' +
          'The log of recover-runs names it.',
      },
      RunStuck: {
        metric: of('StuckRuns', 'Maximum', recoveryPeriod),
        description:
          `A run was resumed ${maxExecutions - 1} times, over two weeks, and has no report. See why its last ` +
          'execution ended, fix that and redrive it.',
      },
      RecoveryFailing: {
        metric: of('RunsNotRecovered', 'Maximum', recoveryPeriod),
        periods: 3,
        isMissingBad: true,
        description:
          'Recovery failed or did not run for 45 minutes, so no run is resumed or stopped. Read the log of ' +
          'recover-runs.',
      },
      DeadLetters: {
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({
          period: Duration.minutes(5),
          statistic: 'Maximum',
        }),
        description:
          'A schedule or an event failed. Read the message in the dead-letter queue, fix its cause, then delete it.',
      },
    };
    if (isDaily(cleanUpSchedule)) {
      facts.CleanUpNotRun = {
        metric: of('CleanUps', 'Sum', Duration.days(1)),
        below: 1,
        // A day of CloudWatch is one of UTC or begins at any minute, so a clean-up may fall between two.
        periods: 2,
        isMissingBad: true,
        description:
          'No clean-up has ended for two days, so old inputs and outputs stay and cost. Run one by hand, read its log.',
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

/** Whether a schedule surely runs at least once a day. */
export function isDaily(expression: string): boolean {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const minutesOf: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 24 * 60 };
  if (unit !== undefined) return Number(count) * (minutesOf[unit] ?? Number.NaN) <= 24 * 60;
  const [, , ofMonth = '', month, ofWeek = '', year] = /^cron\((.*)\)$/.exec(expression)?.[1]?.split(' ') ?? [];
  return /^[*?]$/.test(ofMonth) && /^[*?]$/.test(ofWeek) && month === '*' && year === '*';
}
