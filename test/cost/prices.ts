/**
 * USD per unit in us-east-1, as the price pages had them in November 2026:
 * https://aws.amazon.com/step-functions/pricing/ (standard workflows), https://aws.amazon.com/lambda/pricing/ (arm64),
 * https://aws.amazon.com/s3/pricing/ (standard), https://aws.amazon.com/dynamodb/pricing/on-demand/,
 * https://aws.amazon.com/cloudwatch/pricing/; without free tiers.
 */
export const prices = {
  transition: 0.025 / 1000,
  invocation: 0.2 / 1e6,
  gbSecond: 0.0000133334,
  s3Write: 0.005 / 1000,
  s3Read: 0.0004 / 1000,
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  logGb: 0.5,
} as const;
