import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { metricNamespace, metricUnits } from '../../../../lambdas/shared/runtime/metric-names.ts';
import { isDaily } from '../../../../lib/stack/alarms/alarms.ts';
import { resourcesOf, templateWith, textOf } from '../stack-template.ts';

const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()),
  Namespace: z.string(),
  MetricName: z.string(),
});
const alarmsOf = (template: ReturnType<typeof templateWith>) =>
  resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => alarmSchema.parse(Properties));

const template = templateWith();
const alarms = alarmsOf(template);
const operations = readFileSync(fileURLToPath(new URL('../../../../docs/operations.md', import.meta.url)), 'utf8');
const [[topicId] = []] = resourcesOf(template, 'AWS::SNS::Topic');

test.each(alarms)('sends $AlarmName to the topic, with its entry in the runbook', (alarm) => {
  const name = alarm.AlarmName.replace(/^MediaBatch-/, '');

  expect(alarm.AlarmDescription).toMatch(new RegExp(`\\. docs/operations.md, "Runbook": ${name}\\.$`));
  expect(operations).toContain(`\n| \`${name}\` | `);
  expect(alarm.AlarmActions.map(textOf)).toEqual([`<${topicId}>`]);
});

test('looks at metrics that the steps write, and at the dead-letter queue', () => {
  for (const { AlarmName, Namespace, MetricName } of alarms) {
    const names = Namespace === metricNamespace ? Object.keys(metricUnits) : ['ApproximateNumberOfMessagesVisible'];
    expect(names, AlarmName).toContain(MetricName);
  }
});

test('names alarms and dashboard after the stack, so that two stacks have their own', () => {
  const other = templateWith({ context: { stackName: 'Films' } });

  expect(alarmsOf(other).every(({ AlarmName }) => AlarmName.startsWith('Films-'))).toBe(true);
  other.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'Films' });
  other.hasResourceProperties('AWS::CloudWatch::Alarm', { Dimensions: [{ Name: 'stack', Value: 'Films' }] });
});

test('takes messages over TLS and from alarms of this account only', () => {
  const [[, policy] = []] = resourcesOf(template, 'AWS::SNS::TopicPolicy');
  const { PolicyDocument } = z
    .object({ PolicyDocument: z.object({ Statement: z.array(z.looseObject({ Sid: z.string() })) }) })
    .parse(policy?.Properties);

  expect(PolicyDocument.Statement).toHaveLength(2);
  expect(PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: expect.anything() },
    }),
  );
  expect(PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
  );
});

test('mails alarms to the address of the settings, and to nobody without one', () => {
  template.resourceCountIs('AWS::SNS::Subscription', 0);
  templateWith({ context: { alarmEmail: 'media@example.com' } }).hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'media@example.com',
  });
  expect(() => templateWith({ context: { alarmEmail: 'media' } })).toThrow(
    'alarmEmail is "media"; expected an address',
  );
});

test('has no alarm for clean-ups whose schedule is not daily', () => {
  const names = (cleanUpSchedule: string) =>
    alarmsOf(templateWith({ context: { cleanUpSchedule } })).map(({ AlarmName }) => AlarmName);

  expect(names('cron(30 4 * * ? *)')).toContain('MediaBatch-CleanUpNotRun');
  expect(names('rate(7 days)')).not.toContain('MediaBatch-CleanUpNotRun');
});

test.each([
  ['rate(1 day)', true],
  ['rate(24 hours)', true],
  ['rate(90 minutes)', true],
  ['cron(0 3 * * ? *)', true],
  ['cron(0 3 ? * * *)', true],
  ['rate(2 days)', false],
  ['rate(25 hours)', false],
  ['cron(0 3 1 * ? *)', false],
  ['cron(0 3 ? * MON-FRI *)', false],
  ['cron(0 3 * 6 ? *)', false],
  ['cron(0 3 * * ? 2030)', false],
])('knows whether %s is every day: %s', (expression, daily) => {
  expect(isDaily(expression)).toBe(daily);
});
