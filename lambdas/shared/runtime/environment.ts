import * as z from 'zod';
import type { KeyPrefixes } from '../domain/keys.ts';
import { modelPricesSchema } from '../domain/model/cost.ts';
import { modelQuotasSchema } from '../domain/model/models.ts';

const prefix = z.string().regex(/^[^/].*\/$/, 'a key prefix that ends in a slash');

/** Of every function, for its metrics. */
export const stackName = { STACK_NAME: z.string().min(1) };
const step = <Shape extends z.ZodRawShape>(shape: Shape) => z.object({ ...stackName, ...shape });

const tableName = { TABLE_NAME: z.string().min(1) };
const bucket = { MEDIA_BUCKET: z.string().min(3) };
const prefixes = { OUTPUT_PREFIX: prefix, RUNS_PREFIX: prefix, RESULTS_PREFIX: prefix, STAGING_PREFIX: prefix };
const stagingBucket = { STAGING_BUCKET: z.string().min(3) };

/** A variable that is JSON. */
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

/** Tags of every Bedrock job, as JSON: `[{"key":"project","value":"bedrock-media-batch"}]`. */
const jobTags = () => json(z.array(z.strictObject({ key: z.string().min(1), value: z.string() })));

/** Quotas of this account that differ from the table's, as JSON: `{"us.amazon.nova-lite-v1:0":{"maxOpenJobs":20}}`. */
const modelQuotas = () => json(modelQuotasSchema);

/** Prices of this account that differ from the table's: `{"us.amazon.nova-lite-v1:0":{"input":0.00005,…}}` as JSON. */
const modelPrices = () => json(modelPricesSchema);

/** Prefixes whose uploads start a run, as JSON; empty if that is switched off. */
const uploadPrefixes = () => json(z.array(z.string()));

const stateMachine = { STATE_MACHINE_ARN: z.string().min(1) };

/** The environment of each function, for its step and `lib/stack/`. Getters: a function needs only its own schema. */
export const environmentSchemas = {
  get 'plan-run'() {
    return step({
      ...tableName,
      ...bucket,
      ...stagingBucket,
      ...prefixes,
      MODEL_IDS: z.string().min(1),
      MODEL_QUOTAS: modelQuotas(),
      MODEL_PRICES: modelPrices(),
    });
  },
  get 'prepare-job'() {
    return step({ ...tableName, ...bucket, ...prefixes, MODEL_QUOTAS: modelQuotas() });
  },
  get 'start-job'() {
    return step({
      ...tableName,
      ...bucket,
      ...prefixes,
      BEDROCK_ROLE_ARN: z.string().min(1),
      /** KMS key for the output of Bedrock; empty for the default of the bucket. */
      OUTPUT_KEY_ARN: z.string(),
      JOB_TAGS: jobTags(),
    });
  },
  get 'poll-job'() {
    return step({ ...tableName });
  },
  get 'settle-job'() {
    return step({ ...tableName });
  },
  get 'collect-results'() {
    return step({ ...tableName, ...prefixes });
  },
  get 'report-run'() {
    return step({ ...tableName, ...bucket, ...prefixes });
  },
  get 'recover-runs'() {
    return step({ ...tableName, ...stateMachine });
  },
  get 'clean-up'() {
    return step({
      ...tableName,
      ...bucket,
      ...stagingBucket,
      ...prefixes,
      RETENTION_DAYS: z.coerce.number().int().min(1),
    });
  },
  get 'on-upload'() {
    return step({
      ...tableName,
      ...bucket,
      ...prefixes,
      ...stateMachine,
      REQUESTS_PREFIX: prefix,
      UPLOAD_PREFIXES: uploadPrefixes(),
    });
  },
  get 'on-schedule'() {
    return step({ ...tableName, ...stateMachine });
  },
  get 'on-destroy'() {
    return step({
      ...tableName,
      ...bucket,
      ...stagingBucket,
      ...stateMachine,
      STAGING_PREFIX: prefix,
    });
  },
};

/** The steps, each a folder under `lambdas/`. */
export type StepName = keyof typeof environmentSchemas;

/** The environment of a function, as `lib/stack/` writes it: every name present, every value text. */
export type EnvironmentOf<Step extends StepName> = {
  [Name in keyof z.input<(typeof environmentSchemas)[Step]>]: string;
};

/** Returns the key prefixes in the environment of a step. */
export function keyPrefixesOf(environment: Record<keyof typeof prefixes, string>): KeyPrefixes {
  return {
    outputPrefix: environment.OUTPUT_PREFIX,
    runsPrefix: environment.RUNS_PREFIX,
    resultsPrefix: environment.RESULTS_PREFIX,
    stagingPrefix: environment.STAGING_PREFIX,
  };
}

/**
 * Parses the environment of a step once, at cold start.
 *
 * @throws if a variable is missing or malformed, naming it
 */
export function readEnvironment<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
  // Compiling a schema that is used once takes longer than it saves.
  return schema.parse(process.env, { jitless: true });
}
