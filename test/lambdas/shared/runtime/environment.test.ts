import { afterEach, describe, expect, it, vi } from 'vitest';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../../../../lambdas/shared/runtime/environment.ts';

const prefixes = {
  OUTPUT_PREFIX: 'out/',
  RUNS_PREFIX: 'runs/',
  RESULTS_PREFIX: 'results/',
  STAGING_PREFIX: 'staging/',
};

const common = { STACK_NAME: 's', TABLE_NAME: 't', MEDIA_BUCKET: 'bucket', STAGING_BUCKET: 'copies', ...prefixes };

function give(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a step's environment", () => {
  it('is read with numbers as numbers and tags as tags', () => {
    give({
      ...common,
      RETENTION_DAYS: '30',
      BEDROCK_ROLE_ARN: 'arn',
      OUTPUT_KEY_ARN: '',
    });
    give({ JOB_TAGS: '[{"key":"project","value":""}]' });

    expect(readEnvironment(environmentSchemas['clean-up']).RETENTION_DAYS).toBe(30);
    expect(readEnvironment(environmentSchemas['start-job']).JOB_TAGS).toEqual([{ key: 'project', value: '' }]);
    expect(keyPrefixesOf(readEnvironment(environmentSchemas['start-job']))).toEqual({
      outputPrefix: 'out/',
      runsPrefix: 'runs/',
      resultsPrefix: 'results/',
      stagingPrefix: 'staging/',
    });
  });

  it.each([
    'STACK_NAME',
    'TABLE_NAME',
    'MEDIA_BUCKET',
    'OUTPUT_PREFIX',
    'RUNS_PREFIX',
    'RESULTS_PREFIX',
    'STAGING_BUCKET',
    'MODEL_IDS',
  ])('is refused without %s, naming it', (missing) => {
    give({
      ...common,
      MODEL_IDS: 'm',
      MODEL_QUOTAS: '{}',
      MODEL_PRICES: '{}',
      [missing]: '',
    });

    expect(() => readEnvironment(environmentSchemas['plan-run'])).toThrow(missing);
  });

  it.each([
    ['OUTPUT_PREFIX', 'out'],
    ['OUTPUT_PREFIX', '/out/'],
    ['RETENTION_DAYS', '0'],
    ['RETENTION_DAYS', '1.5'],
    ['RETENTION_DAYS', 'thirty'],
  ])('is refused with %s=%s, naming it', (name, value) => {
    give({
      ...common,
      RETENTION_DAYS: '30',
      [name]: value,
    });

    expect(() => readEnvironment(environmentSchemas['clean-up'])).toThrow(name);
  });

  it.each(['[{"key":""}]', '{"project":"x"}', '[{"key":"a","value":"b","more":1}]'])(
    'is refused with the tags %s',
    (tags) => {
      give({
        ...common,
        BEDROCK_ROLE_ARN: 'arn',
        OUTPUT_KEY_ARN: '',
        JOB_TAGS: tags,
      });

      expect(() => readEnvironment(environmentSchemas['start-job'])).toThrow('JOB_TAGS');
    },
  );

  it("has the account's own quotas and prices by model, as far as they differ", () => {
    give({
      ...common,
      MODEL_IDS: 'm',
    });
    give({ MODEL_QUOTAS: '{"us.amazon.nova-lite-v1:0":{"maxOpenJobs":20}}' });
    give({ MODEL_PRICES: '{"us.amazon.nova-lite-v1:0":{"input":0.00005,"output":0.0002}}' });

    const { MODEL_QUOTAS, MODEL_PRICES } = readEnvironment(environmentSchemas['plan-run']);
    expect(MODEL_QUOTAS).toEqual({ 'us.amazon.nova-lite-v1:0': { maxOpenJobs: 20 } });
    expect(MODEL_PRICES).toEqual({ 'us.amazon.nova-lite-v1:0': { input: 0.00005, output: 0.0002 } });
  });

  it.each(['{"m":{"maxJobs":1}}', '{"m":{"maxOpenJobs":0}}', '{"m":5}', '[]'])(
    'is refused with the quotas %s',
    (quotas) => {
      give({
        ...common,
        MODEL_IDS: 'm',
      });
      give({ MODEL_QUOTAS: quotas });

      expect(() => readEnvironment(environmentSchemas['plan-run'])).toThrow('MODEL_QUOTAS');
    },
  );
});
