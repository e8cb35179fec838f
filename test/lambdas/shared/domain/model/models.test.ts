import { describe, expect, it } from 'vitest';
import {
  defaultModelId,
  findModel,
  modelQuotasSchema,
  models,
  profilePrefixOf,
  quotasOf,
} from '../../../../../lambdas/shared/domain/model/models.ts';

describe('the table of models', () => {
  it.each(models)('finds $label bare and through each of its profiles', (model) => {
    expect(findModel(model.modelId)).toEqual({ model });
    for (const profile of model.profiles) {
      expect(findModel(`${profile}.${model.modelId}`)).toEqual({ model, profile });
    }
  });

  it.each([
    'jp.amazon.nova-lite-v1:0',
    'amazon.nova-lite-v1',
    'xus.amazon.nova-lite-v1:0',
    'us.us.amazon.nova-lite-v1:0',
    'US.amazon.nova-lite-v1:0',
    'anthropic.claude-haiku-4-5-20251001-v1:0',
    '',
  ])('does not know %j', (id) => {
    expect(findModel(id)).toBeUndefined();
  });

  it.each(models)('has the documented minimum and maximum of records for $label', ({ quotas }) => {
    expect([quotas.minRecordsPerJob, quotas.maxRecordsPerJob]).toEqual([100, 100_000]);
  });

  it.each([
    ['Nova Lite', ['video', 'image']],
    ['Nova Pro', ['video', 'image']],
    ['Nova 2 Lite', ['video', 'image']],
    ['Nova Premier', []],
    ['Nova Micro', []],
  ])('says which media %s takes from S3: %j', (label, media) => {
    expect(models.find((model) => model.label === label)?.media).toEqual(media);
  });

  it.each([
    ['Nova Lite', 100],
    ['Nova Pro', 100],
    ['Nova Premier', 5],
    ['Nova 2 Lite', 5],
    ['Nova Micro', 5],
  ])('lets a job of %s read %i GB', (label, gigabytes) => {
    expect(models.find((model) => model.label === label)?.quotas.maxJobBytes).toBe(gigabytes * 1e9);
  });

  it.each(models)('says when and where the price of $label was read', ({ price }) => {
    if (price === 'unknown') return;
    expect(price.asOf).toMatch(/^20\d\d-\d\d/);
    expect(price.source).not.toBe('');
    expect(price.output).toBeGreaterThan(price.input);
  });
});

describe('the quotas of a model in an account', () => {
  const modelId = 'us.amazon.nova-lite-v1:0';
  const lite = () => findModel(modelId)?.model ?? expect.fail('There is no Nova Lite.');

  it('are those of the table where the settings say nothing else', () => {
    expect(quotasOf(modelId, lite(), {})).toEqual({
      minRecordsPerJob: 100,
      maxRecordsPerJob: 100_000,
      maxRecordsPerFile: 100_000,
      maxFileBytes: 1e9,
      maxJobBytes: 100e9,
      maxOpenJobs: 100,
    });
  });

  it('are replaced one by one, for the very ID that the settings name', () => {
    const overrides = modelQuotasSchema.parse({ [modelId]: { maxRecordsPerJob: 5000, maxOpenJobs: 10 } });

    expect(quotasOf(modelId, lite(), overrides)).toEqual({ ...lite().quotas, maxRecordsPerJob: 5000, maxOpenJobs: 10 });
    expect(quotasOf('eu.amazon.nova-lite-v1:0', lite(), overrides)).toEqual(lite().quotas);
  });

  it.each([{ maxRecords: 1 }, { maxOpenJobs: 0 }, { maxFileBytes: 1.5 }, { maxOpenJobs: '5' }])(
    'are not %j',
    (quotas) => {
      expect(modelQuotasSchema.safeParse({ [modelId]: quotas }).success).toBe(false);
    },
  );
});

describe('the default model', () => {
  it.each([
    ['us-east-1', 'us'],
    ['eu-central-1', 'eu'],
    ['eu-south-2', 'eu'],
    ['ap-south-1', 'apac'],
    ['ca-central-1', 'us'],
  ])('of %s goes through the profile %s', (region, profile) => {
    expect(profilePrefixOf(region)).toBe(profile);
    expect(findModel(defaultModelId(region))).toMatchObject({ profile, model: { label: 'Nova Lite' } });
  });

  it.each(['me-central-1', 'us-gov-west-1'])(
    'of %s, where no geography has a profile, is Nova Lite itself',
    (region) => {
      expect(profilePrefixOf(region)).toBeUndefined();
      expect(defaultModelId(region)).toBe('amazon.nova-lite-v1:0');
    },
  );
});
