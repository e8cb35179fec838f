import { z } from 'zod';
import type { LocalStack } from './local-stack.ts';

/** As much of an alarm as our template has; one with more, such as metric math, could not be judged here. */
const alarmSchema = z.strictObject({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.string()),
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
  Statistic: z.enum(['Sum', 'Maximum']),
  Period: z.int(),
  EvaluationPeriods: z.int(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(['GreaterThanOrEqualToThreshold', 'LessThanThreshold']),
  TreatMissingData: z.enum(['breaching', 'notBreaching']),
});
type Alarm = z.infer<typeof alarmSchema>;

const numbersSchema = z.union([z.number().transform((value) => [value]), z.array(z.number())]);
/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const metricLineSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

interface Point {
  /** Namespace, dimensions and name in one. */
  id: string;
  time: number;
  value: number;
}

const idOf = (namespace: string, dimensions: Readonly<Record<string, unknown>>, name: string) =>
  JSON.stringify([namespace, Object.entries(dimensions).sort(), name]);

/** What CloudWatch would make of the functions' logs. */
function pointsIn(logged: readonly unknown[]): Point[] {
  return logged.flatMap((line) => {
    const { data } = metricLineSchema.safeParse(line);
    if (data === undefined) return [];
    const { Timestamp: time, CloudWatchMetrics } = data._aws;
    return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Dimensions.flatMap((names) => {
        const dimensions = Object.fromEntries(names.map((name) => [name, data[name]]));
        return Metrics.flatMap(({ Name }) =>
          numbersSchema.parse(data[Name]).map((value) => ({ id: idOf(Namespace, dimensions, Name), time, value })),
        );
      }),
    );
  });
}

/** The dead-letter queue as SQS would measure it now. */
function lettersOf({ aws }: LocalStack): Point {
  const url = aws.outputs.DeadLetterQueue ?? '';
  const dimensions = { QueueName: url.split('/').at(-1) };
  const id = idOf('AWS/SQS', dimensions, 'ApproximateNumberOfMessagesVisible');
  return { id, time: aws.clock.now(), value: aws.messages(url).length };
}

/** Whether all of the last periods breach, which is what our alarms wait for. */
function isInAlarm(alarm: Alarm, points: readonly Point[], now: number): boolean {
  const dimensions = Object.fromEntries(alarm.Dimensions.map(({ Name, Value }) => [Name, Value]));
  const own = points.filter(({ id }) => id === idOf(alarm.Namespace, dimensions, alarm.MetricName));
  const periods = Array.from({ length: alarm.EvaluationPeriods }, (_, before) => now - before * alarm.Period * 1000);
  return periods.every((end) => {
    const values = own.flatMap(({ time, value }) => (time <= end && time > end - alarm.Period * 1000 ? value : []));
    if (values.length === 0) return alarm.TreatMissingData === 'breaching';
    const value = alarm.Statistic === 'Sum' ? values.reduce((sum, each) => sum + each, 0) : Math.max(...values);
    return alarm.ComparisonOperator === 'LessThanThreshold' ? value < alarm.Threshold : value >= alarm.Threshold;
  });
}

/** The alarms of a stack's own template that would be in alarm now, by the end of their names. */
export function alarmsOf(stack: LocalStack): { all: string[]; inAlarm: string[] } {
  const alarms = [...stack.aws.resources.values()]
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    .map(({ properties }) => alarmSchema.parse(properties));
  const points = [...pointsIn(stack.logged()), lettersOf(stack)];
  const nameOf = ({ AlarmName }: Alarm) => AlarmName.replace(`${stack.aws.stackName}-`, '');
  const now = stack.aws.clock.now();
  return {
    all: alarms.map(nameOf).sort(),
    inAlarm: alarms
      .filter((alarm) => isInAlarm(alarm, points, now))
      .map(nameOf)
      .sort(),
  };
}
