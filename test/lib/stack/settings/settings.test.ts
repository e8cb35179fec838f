import { expect, test } from 'vitest';
import { offeredModelIds } from '../../../../lambdas/shared/domain/model/offered-models.ts';
import { environmentNameOf, readSettings, regionOf } from '../../../../lib/stack/settings/settings.ts';

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

function read(context: Record<string, unknown> = {}, environment: Record<string, string> = {}) {
  return readSettings(context, environment);
}

test('needs nothing to be set', () => {
  expect(read()).toEqual({
    stackName: 'MediaBatch',
    region: 'us-east-1',
    outputPrefix: 'nova/batch/output/',
    runsPrefix: 'nova/batch/runs/',
    resultsPrefix: 'nova/batch/results/',
    stagingPrefix: 'nova/batch/staging/',
    modelQuotas: {},
    modelPrices: {},
    models: ['us.amazon.nova-lite-v1:0'],
    retentionDays: 30,
    logRetentionDays: 90,
    cleanUpSchedule: 'cron(0 3 * * ? *)',
    cleanUpTimeZone: 'Etc/UTC',
    jobTags: [],
    requestUploads: true,
    requestsPrefix: 'requests/',
    uploadPrefixes: [],
    uploadQuietMinutes: 15,
    uploadLatestMinutes: 60,
    nightlySchedule: 'cron(0 1 * * ? *)',
    nightlyTimeZone: 'Etc/UTC',
    warnings: [],
  });
});

const repeated = { media: { prefixes: ['proxies/'] }, maxCostUsd: 20 };

test.each(['uploadRun', 'nightlyRun'] as const)('takes a request over what is new, written as JSON, for %s', (name) => {
  const expected = { media: { prefixes: ['proxies/'], newOnly: true }, maxCostUsd: 20 };

  expect(read({ [name]: JSON.stringify(repeated) })[name]).toEqual(expected);
  expect(read({ [name]: repeated })[name]).toEqual(expected);
});

test.each([
  ['no limit of its cost', { media: repeated.media }, /"maxCostUsd"/],
  ['no prefixes', { maxCostUsd: 20 }, /"prefixes"/],
  ['a manifest', { ...repeated, media: { ...repeated.media, manifest: 'a.csv' } }, /"prefixes"/],
  ['all media again and again', { ...repeated, media: { ...repeated.media, newOnly: false } }, /new media only/],
  ['nothing but a price', { ...repeated, dryRun: true }, /a request as JSON/],
  ['what no request may have', { ...repeated, modle: 'x' }, /unknown field "modle"/],
  ['an odd layout', { ...repeated, layout: 'up' }, /"layout" of the request is "up"/],
])('refuses a request that starts by itself with %s', (_what, bad, sentence) => {
  expect(() => read({ nightlyRun: JSON.stringify(bad) })).toThrow(sentence);
});

test('refuses to wait longer for quiet than for the latest start', () => {
  expect(() => read({ uploadQuietMinutes: '61' })).toThrow(
    /uploadQuietMinutes is 61, more than uploadLatestMinutes, which is 60: correct/,
  );
});

test('refuses requests inside our own prefixes', () => {
  expect(() => read({ requestsPrefix: 'nova/batch/runs/requests/' })).toThrow(/one inside the other/);
});

test.each(['yes', ''])('takes on or off for uploads of requests, not %j', (value) => {
  expect(() => read({ requestUploads: value })).toThrow(/"on" or "off"/);
});

test.each([
  ['us-east-1', 'us.amazon.nova-lite-v1:0'],
  ['us-west-2', 'us.amazon.nova-lite-v1:0'],
  ['eu-central-1', 'eu.amazon.nova-lite-v1:0'],
  ['ap-south-1', 'apac.amazon.nova-lite-v1:0'],
])('offers Nova Lite in %s through the profile of its geography', (region, modelId) => {
  expect(read({}, { CDK_DEFAULT_REGION: region }).models).toEqual([modelId]);
});

test('offers a Region the profiles of its geography, the global ones and its own models, if they take media', () => {
  const offered = offeredModelIds('us-east-1');

  expect(offered).toEqual(
    expect.arrayContaining(['us.amazon.nova-pro-v1:0', 'global.amazon.nova-2-lite-v1:0', 'amazon.nova-lite-v1:0']),
  );
  expect(offered.filter((id) => /^(eu|apac|jp)\.|micro/.test(id))).toEqual([]);
  expect(offeredModelIds('ap-northeast-1')).toContain('jp.amazon.nova-2-lite-v1:0');
  expect(offeredModelIds('ap-south-1')).not.toContain('jp.amazon.nova-2-lite-v1:0');
});

test.each([
  [{ CDK_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-1'],
  [{ AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-2'],
  [{ AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3'],
  [{ AWS_REGION: '' }, 'us-east-1'],
  [{}, 'us-east-1'],
])('takes the Region of %j as %s', (environment, region) => {
  expect(regionOf(environment)).toBe(region);
});

test('refuses a Region whose models it must be told, and names those that it offers', () => {
  expect(() => read({}, { AWS_REGION: 'sa-east-1' })).toThrow(
    /^The setting models names "amazon.nova-lite-v1:0", but sa-east-1 offers .* only: .*global\.amazon\.nova-2-lite-v1:0/,
  );
});

test('warns of a context that is no setting, and not of the CDK’s own', () => {
  const { warnings } = read({
    bucket: 'my-media',
    'aws:cdk:bundling-stacks': [],
    '@aws-cdk/core:checkSecretUsage': true,
  });

  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^bucket is no setting and ignored: remove it or write one of stackName, bucketName, /),
  ]);
});

test.each([
  ['outputPrefix', 'NOVA_BATCH_OUTPUT_PREFIX'],
  ['bucketName', 'NOVA_BATCH_BUCKET_NAME'],
  ['cleanUpTimeZone', 'NOVA_BATCH_CLEAN_UP_TIME_ZONE'],
] as const)('calls %s in the environment %s', (name, inEnvironment) => {
  expect(environmentNameOf(name)).toBe(inEnvironment);
});

test('reads a setting from the environment', () => {
  expect(read({}, { NOVA_BATCH_OUTPUT_PREFIX: 'answers/' }).outputPrefix).toBe('answers/');
});

test('prefers the context to the environment, under either name', () => {
  const environment = { NOVA_BATCH_OUTPUT_PREFIX: 'environment/' };

  expect(read({ outputPrefix: 'context/' }, environment).outputPrefix).toBe('context/');
  expect(read({ NOVA_BATCH_OUTPUT_PREFIX: 'context/' }, environment).outputPrefix).toBe('context/');
});

test('takes numbers as cdk.json has them', () => {
  expect(read({ retentionDays: 7 }).retentionDays).toBe(7);
});

const lite = 'us.amazon.nova-lite-v1:0';

test('ignores the rest of the context', () => {
  expect(read({ '@aws-cdk/core:explicitStackTags': true, 'aws:cdk:bundling-stacks': [] })).toEqual(read());
});

test.each([
  [{ retentionDays: '1' }, { retentionDays: 1 }],
  [{ retentionDays: '3650' }, { retentionDays: 3650 }],
  [{ logRetentionDays: '1' }, { logRetentionDays: 1 }],
  [{ logRetentionDays: '3653' }, { logRetentionDays: 3653 }],
  [{ bucketName: 'abc' }, { bucketName: 'abc' }],
  [{ bucketName: 'a'.repeat(63) }, { bucketName: 'a'.repeat(63) }],
  [
    { bucketName: 'my-media', bucketKeyArn: keyArn },
    { bucketName: 'my-media', bucketKeyArn: keyArn },
  ],
  [{ keyArn }, { keyArn }],
  [{ outputPrefix: 'a/' }, { outputPrefix: 'a/' }],
  [{ outputPrefix: `${'a'.repeat(199)}/` }, { outputPrefix: `${'a'.repeat(199)}/` }],
  [{ outputPrefix: 'A-1/_b.c/' }, { outputPrefix: 'A-1/_b.c/' }],
  [{ stagingPrefix: 'copies/' }, { stagingPrefix: 'copies/' }],
  [{ modelQuotas: `{"${lite}":{"maxOpenJobs":20}}` }, { modelQuotas: { [lite]: { maxOpenJobs: 20 } } }],
  [{ modelQuotas: { [lite]: { maxOpenJobs: 20 } } }, { modelQuotas: { [lite]: { maxOpenJobs: 20 } } }],
  [{ modelQuotas: '{}' }, { modelQuotas: {} }],
  [
    { modelQuotas: `{"${lite}":{"minRecordsPerJob":7,"maxRecordsPerJob":7}}` },
    { modelQuotas: { [lite]: { minRecordsPerJob: 7, maxRecordsPerJob: 7 } } },
  ],
  [
    { modelPrices: `{"${lite}":{"input":0.00005,"output":0.0002}}` },
    { modelPrices: { [lite]: { input: 0.00005, output: 0.0002 } } },
  ],
  [{ cleanUpSchedule: 'rate(12 hours)' }, { cleanUpSchedule: 'rate(12 hours)' }],
  [{ cleanUpSchedule: 'cron(30 1 ? * MON-FRI *)' }, { cleanUpSchedule: 'cron(30 1 ? * MON-FRI *)' }],
  [{ cleanUpTimeZone: 'Europe/Berlin' }, { cleanUpTimeZone: 'Europe/Berlin' }],
  [{ stackName: 'media-2' }, { stackName: 'media-2' }],
  [
    { models: 'us.amazon.nova-lite-v1:0, amazon.nova-pro-v1:0,us.amazon.nova-lite-v1:0' },
    { models: ['us.amazon.nova-lite-v1:0', 'amazon.nova-pro-v1:0'] },
  ],
  [{ models: 'global.amazon.nova-2-lite-v1:0' }, { models: ['global.amazon.nova-2-lite-v1:0'] }],
  [
    { jobTags: 'team=video, note=a=b ,empty=' },
    {
      jobTags: [
        { key: 'team', value: 'video' },
        { key: 'note', value: 'a=b' },
        { key: 'empty', value: '' },
      ],
    },
  ],
])('takes %j', (context, expected) => {
  expect(read(context)).toMatchObject(expected);
});

const fix = 'correct it or remove it.';
const days = `expected a whole number of days from 1 to 3650: ${fix}`;
const prefix =
  'expected folders of letters, digits, "-", "_" and "." that end in a slash, such as ' +
  `"nova/batch/output/": ${fix}`;
const bucket = `expected the name of an existing bucket, such as "my-media": ${fix}`;
const schedule = `expected "cron(minutes hours day-of-month month day-of-week year)" or "rate(1 day)": ${fix}`;
const tags =
  'expected at most 40 pairs such as "team=video,stage=test", each name once, of letters, digits, spaces and ._:/+@-, ' +
  `not starting with "aws:": ${fix}`;
const quotas =
  'expected JSON such as {"us.amazon.nova-lite-v1:0":{"maxOpenJobs":20}}, of minRecordsPerJob, maxRecordsPerJob, ' +
  `maxRecordsPerFile, maxFileBytes, maxJobBytes and maxOpenJobs, whole numbers from 1: ${fix}`;
const offered = `write some of ${offeredModelIds('us-east-1').join(', ')}.`;

test.each([
  [{ retentionDays: '0' }, `The setting retentionDays is "0"; ${days}`],
  [{ retentionDays: 3651 }, `The setting retentionDays is "3651"; ${days}`],
  [{ retentionDays: '1.5' }, `The setting retentionDays is "1.5"; ${days}`],
  [{ retentionDays: '-1' }, `The setting retentionDays is "-1"; ${days}`],
  [{ retentionDays: '' }, `The setting retentionDays is ""; ${days}`],
  [
    { logRetentionDays: '31' },
    'The setting logRetentionDays is "31"; expected a number of days that CloudWatch Logs takes (1, 3, 5, 7, 14, ' +
      `30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653): ${fix}`,
  ],
  [{ bucketName: 'ab' }, `The setting bucketName is "ab"; ${bucket}`],
  [{ bucketName: 'a'.repeat(64) }, `The setting bucketName is "${'a'.repeat(64)}"; ${bucket}`],
  [{ bucketName: 's3://my-media/' }, `The setting bucketName is "s3://my-media/"; ${bucket}`],
  [{ bucketName: '' }, `The setting bucketName is ""; ${bucket}`],
  [
    { bucketName: 'my-media', bucketKeyArn: 'alias/media' },
    `The setting bucketKeyArn is "alias/media"; expected the ARN of the bucket's KMS key, arn:…:kms:…:key/…: ${fix}`,
  ],
  [
    { bucketKeyArn: keyArn },
    'The setting bucketKeyArn has no bucketName beside it, and a new bucket needs no key of its own: name the ' +
      'bucket or remove the key.',
  ],
  [
    { bucketName: 'my-media', bucketKeyArn: keyArn.replace('us-east-1', 'eu-west-1') },
    'The setting bucketKeyArn names a key in eu-west-1, but the stack and its bucket are in us-east-1: correct it or ' +
      'choose the Region with AWS_REGION.',
  ],
  [
    { keyArn: 'alias/media' },
    `The setting keyArn is "alias/media"; expected the ARN of a KMS key, arn:…:kms:…:key/…: ${fix}`,
  ],
  [
    { keyArn: keyArn.replace('us-east-1', 'eu-west-1') },
    'The setting keyArn names a key in eu-west-1, but the stack and its bucket are in us-east-1: correct it or ' +
      'choose the Region with AWS_REGION.',
  ],
  [{ outputPrefix: '' }, `The setting outputPrefix is ""; ${prefix}`],
  [{ outputPrefix: '/' }, `The setting outputPrefix is "/"; ${prefix}`],
  [{ outputPrefix: '/a/' }, `The setting outputPrefix is "/a/"; ${prefix}`],
  [{ outputPrefix: 'a' }, `The setting outputPrefix is "a"; ${prefix}`],
  [{ outputPrefix: 'a//b/' }, `The setting outputPrefix is "a//b/"; ${prefix}`],
  [{ outputPrefix: 'a/../b/' }, `The setting outputPrefix is "a/../b/"; ${prefix}`],
  [{ outputPrefix: '*/' }, `The setting outputPrefix is "*/"; ${prefix}`],
  [{ outputPrefix: 'my media/' }, `The setting outputPrefix is "my media/"; ${prefix}`],
  [{ outputPrefix: `${'a'.repeat(200)}/` }, `The setting outputPrefix is "${'a'.repeat(200)}/"; ${prefix}`],
  [
    { resultsPrefix: 'nova/batch/output/results/' },
    'The setting outputPrefix is "nova/batch/output/" and resultsPrefix is "nova/batch/output/results/", one inside ' +
      'the other, and clean-up removes files in some of them by age: give each a folder of its own.',
  ],
  [
    { runsPrefix: 'nova/batch/' },
    'The setting outputPrefix is "nova/batch/output/" and runsPrefix is "nova/batch/", one inside the other, ' +
      'and clean-up removes files in some of them by age: give each a folder of its own.',
  ],
  [
    { resultsPrefix: 'nova/batch/input/' },
    'The setting resultsPrefix is "nova/batch/input/" and the old input prefix is "nova/batch/input/", one inside ' +
      'the other, and clean-up removes files in some of them by age: give each a folder of its own.',
  ],
  [
    { stagingPrefix: 'nova/batch/results/copies/' },
    'The setting resultsPrefix is "nova/batch/results/" and stagingPrefix is "nova/batch/results/copies/", one inside ' +
      'the other, and clean-up removes files in some of them by age: give each a folder of its own.',
  ],
  ...[
    '20',
    '',
    '{',
    '[]',
    `{"${lite}":{"maxJobs":20}}`,
    `{"${lite}":{"maxOpenJobs":0}}`,
    `{"${lite}":{"maxOpenJobs":1.5}}`,
  ].map((modelQuotas): [Record<string, string>, string] => [
    { modelQuotas },
    `The setting modelQuotas is ${JSON.stringify(modelQuotas)}; ${quotas}`,
  ]),
  ...['amazon.nova-lite-v1:0', 'nova-lite'].map((id): [Record<string, string>, string] => [
    { modelQuotas: `{"${id}":{"maxOpenJobs":20}}` },
    `The setting modelQuotas names "${id}", which is no model of this stack: write ${lite}, or remove it.`,
  ]),
  [
    { modelQuotas: `{"${lite}":{"maxRecordsPerFile":99}}` },
    `The setting modelQuotas lets a job of ${lite} have 100 records at least and 99 at most, which no job can have: ` +
      'correct one of them.',
  ],
  ...['1', '{', `{"${lite}":0.1}`, `{"${lite}":{"input":1}}`, `{"${lite}":{"input":0,"output":1}}`].map(
    (modelPrices): [Record<string, string>, string] => [
      { modelPrices },
      `The setting modelPrices is ${JSON.stringify(modelPrices)}; expected JSON such as ` +
        '{"us.amazon.nova-lite-v1:0":{"input":0.00006,"output":0.00024}}, USD per 1,000 tokens on demand, more than 0: ' +
        fix,
    ],
  ),
  [
    { modelPrices: '{"amazon.nova-lite-v1:0":{"input":1,"output":1}}' },
    'The setting modelPrices names "amazon.nova-lite-v1:0", which is no model of this stack: ' +
      `write ${lite}, or remove it.`,
  ],
  [{ cleanUpSchedule: 'daily' }, `The setting cleanUpSchedule is "daily"; ${schedule}`],
  [{ cleanUpSchedule: 'cron(0 3 * * *)' }, `The setting cleanUpSchedule is "cron(0 3 * * *)"; ${schedule}`],
  [{ cleanUpSchedule: 'rate(0 days)' }, `The setting cleanUpSchedule is "rate(0 days)"; ${schedule}`],
  [
    { cleanUpTimeZone: 'Berlin' },
    `The setting cleanUpTimeZone is "Berlin"; expected a time zone of the IANA list, such as "Europe/Berlin": ${fix}`,
  ],
  [
    { cleanUpTimeZone: '+01:00' },
    `The setting cleanUpTimeZone is "+01:00"; expected a time zone of the IANA list, such as "Europe/Berlin": ${fix}`,
  ],
  [
    { stackName: '1st' },
    `The setting stackName is "1st"; expected a letter, then letters, digits and "-", at most 128: ${fix}`,
  ],
  [{ jobTags: 'team' }, `The setting jobTags is "team"; ${tags}`],
  [{ jobTags: 'team=a,team=b' }, `The setting jobTags is "team=a,team=b"; ${tags}`],
  [{ jobTags: 'aws:team=a' }, `The setting jobTags is "aws:team=a"; ${tags}`],
  [{ jobTags: 'team=a&b' }, `The setting jobTags is "team=a&b"; ${tags}`],
  [{ jobTags: `${'k'.repeat(129)}=v` }, `The setting jobTags is "${'k'.repeat(129)}=v"; ${tags}`],
  [{ jobTags: `k=${'v'.repeat(257)}` }, `The setting jobTags is "k=${'v'.repeat(257)}"; ${tags}`],
  [{ models: 'nova-lite' }, `The setting models names "nova-lite", which is not in the table of models: ${offered}`],
  [
    { models: 'us.amazon.nova-lite-v1:0,us.amazon.nova-micro-v1:0' },
    `The setting models names "us.amazon.nova-micro-v1:0", but Nova Micro takes no media in a batch job: ${offered}`,
  ],
  [
    { models: 'eu.amazon.nova-lite-v1:0' },
    `The setting models names "eu.amazon.nova-lite-v1:0", but its profile "eu" does not fit us-east-1: ${offered}`,
  ],
  [
    { models: 'amazon.nova-2-lite-v1:0' },
    'The setting models names "amazon.nova-2-lite-v1:0", but us-east-1 offers it through an inference profile only: ' +
      offered,
  ],
  [{ bucketname: 'x' }, 'The context has "bucketname", which is no setting: write "bucketName".'],
  [{ 'output-prefix': 'x/' }, 'The context has "output-prefix", which is no setting: write "outputPrefix".'],
])('refuses %j in one sentence', (context, message) => {
  expect(() => read(context)).toThrow(expect.objectContaining({ name: 'BadSetting', message }));
});

test('names a bad setting as the person wrote it', () => {
  expect(() => read({}, { NOVA_BATCH_RETENTION_DAYS: 'a month' })).toThrow(
    `The setting NOVA_BATCH_RETENTION_DAYS is "a month"; ${days}`,
  );
});

test('accepts the input prefix of older versions and says that it does nothing', () => {
  const { warnings, ...settings } = read({}, { NOVA_BATCH_INPUT_PREFIX: 'nova/batch/input/' });

  expect(warnings.map(({ message }) => message)).toEqual([
    'NOVA_BATCH_INPUT_PREFIX ("nova/batch/input/") is deprecated and ignored, because a job\'s input is at the root of ' +
      'the bucket (clean-up still empties nova/batch/input/): remove the setting.',
  ]);
  expect({ ...settings, warnings: [] }).toEqual(read());
});

test('warns of a variable that looks like a setting and is none', () => {
  const { warnings } = read({}, { NOVA_BATCH_OUTPUT_PREFX: 'x/' });

  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^NOVA_BATCH_OUTPUT_PREFX is no setting and ignored: remove it or write one of NOVA_BATCH_STACK_NAME, /,
    ),
  ]);
});
