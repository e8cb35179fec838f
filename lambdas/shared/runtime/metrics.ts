import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import { type MetricName, metricNamespace, metricUnits, stackDimension } from './metric-names.ts';

/** Adds values to metrics. Several values of one metric in an invocation stay separate. */
export interface Counters {
  add(name: MetricName, value: number): void;
}

/**
 * Returns the metrics of a stack, and the middleware that writes them to the log at the end of an invocation, failed or
 * not: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
 */
export function stackMetrics(stackName: string): { counters: Counters; publish: MiddlewareObj } {
  const metrics = new Metrics({ namespace: metricNamespace });
  // Powertools always adds a dimension `service`.
  metrics.clearDefaultDimensions();
  metrics.setDefaultDimensions({ [stackDimension]: stackName });
  const publish = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return {
    counters: { add: (name, value) => void metrics.addMetric(name, metricUnits[name], value) },
    publish: { after: publish, onError: publish },
  };
}
