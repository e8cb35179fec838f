import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, metricNamespace, stackDimension } from '../../../lambdas/shared/runtime/metric-names.ts';

/** A metric that the steps write. */
export function metricOf(
  stackName: string,
  metricName: MetricName,
  statistic: 'Sum' | 'Maximum',
  period: Duration = Duration.minutes(5),
): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName,
    dimensionsMap: { [stackDimension]: stackName },
    statistic,
    period,
  });
}
