import { afterEach, describe, expect, it, vi } from 'vitest';
import { environmentSchemas, keyPrefixesOf, readEnvironment } from '../../../lambdas/shared/environment.ts';

const prefixes = { OUTPUT_PREFIX: 'out/', RUNS_PREFIX: 'runs/', RESULTS_PREFIX: 'results/' };

function give(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a step's environment", () => {
  it('is read with numbers as numbers and tags as tags', () => {
    give({ TABLE_NAME: 't', MEDIA_BUCKET: 'bucket', ...prefixes, RETENTION_DAYS: '30', BEDROCK_ROLE_ARN: 'arn' });
    give({ JOB_TAGS: '[{"key":"project","value":""}]' });

    expect(readEnvironment(environmentSchemas['clean-up']).RETENTION_DAYS).toBe(30);
    expect(readEnvironment(environmentSchemas['start-job']).JOB_TAGS).toEqual([{ key: 'project', value: '' }]);
    expect(keyPrefixesOf(readEnvironment(environmentSchemas['start-job']))).toEqual({
      outputPrefix: 'out/',
      runsPrefix: 'runs/',
      resultsPrefix: 'results/',
    });
  });

  it.each(['TABLE_NAME', 'MEDIA_BUCKET', 'OUTPUT_PREFIX', 'RUNS_PREFIX', 'RESULTS_PREFIX', 'MODEL_IDS'])(
    'is refused without %s, naming it',
    (missing) => {
      give({ TABLE_NAME: 't', MEDIA_BUCKET: 'bucket', ...prefixes, MODEL_IDS: 'm', [missing]: '' });

      expect(() => readEnvironment(environmentSchemas['plan-run'])).toThrow(missing);
    },
  );

  it.each([
    ['OUTPUT_PREFIX', 'out'],
    ['OUTPUT_PREFIX', '/out/'],
    ['RETENTION_DAYS', '0'],
    ['RETENTION_DAYS', '1.5'],
    ['RETENTION_DAYS', 'thirty'],
  ])('is refused with %s=%s, naming it', (name, value) => {
    give({ TABLE_NAME: 't', MEDIA_BUCKET: 'bucket', ...prefixes, RETENTION_DAYS: '30', [name]: value });

    expect(() => readEnvironment(environmentSchemas['clean-up'])).toThrow(name);
  });

  it.each(['[{"key":""}]', '{"project":"x"}', '[{"key":"a","value":"b","more":1}]'])(
    'is refused with the tags %s',
    (tags) => {
      give({ TABLE_NAME: 't', MEDIA_BUCKET: 'bucket', ...prefixes, BEDROCK_ROLE_ARN: 'arn', JOB_TAGS: tags });

      expect(() => readEnvironment(environmentSchemas['start-job'])).toThrow('JOB_TAGS');
    },
  );
});
