import type { z } from 'zod';
import { oldInputPrefix } from '../../../lambdas/shared/domain/keys.ts';
import { defaultModelId } from '../../../lambdas/shared/domain/model/models.ts';
import {
  bucketKeyProblem,
  keyRegionProblem,
  modelPricesProblem,
  modelQuotasProblem,
  modelsProblem,
  prefixesProblem,
  uploadMinutesProblem,
} from './settings-checks.ts';
import { type SettingName, settingsSchema } from './settings-schema.ts';

/** The settings of a stack, checked and complete. */
export interface Settings extends Omit<z.output<typeof settingsSchema>, 'inputPrefix' | 'models'> {
  region: string;
  /** IDs of the models that requests may name, the default first. */
  models: readonly string[];
  /** Uploads below these prefixes start a run; empty if no uploads do. */
  uploadPrefixes: readonly string[];
  /** Problems that do not stop a deploy. */
  warnings: readonly { id: string; message: string }[];
}

/** A setting is invalid; the message is one sentence with the fix. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

type Context = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

const settingNames = settingsSchema.keyof().options;
const environmentPrefix = 'NOVA_BATCH_';

/** `NOVA_BATCH_OUTPUT_PREFIX` for `outputPrefix`. */
export function environmentNameOf(name: SettingName): string {
  return environmentPrefix + name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Returns the Region of the CDK CLI, else of the AWS tools, else us-east-1, so that synth needs no account. */
export function regionOf(environment: Environment): string {
  return environment.CDK_DEFAULT_REGION || environment.AWS_REGION || environment.AWS_DEFAULT_REGION || 'us-east-1';
}

/**
 * Reads each setting from the CDK's context (as `outputPrefix` or `NOVA_BATCH_OUTPUT_PREFIX`), else from the
 * environment (`NOVA_BATCH_OUTPUT_PREFIX`), else takes its default.
 *
 * @throws {BadSetting} for the first invalid setting
 */
export function readSettings(context: Context, environment: Environment): Settings {
  refuseNearMisses(context);
  const given = settingNames.flatMap((name) => find(name, context, environment) ?? []);
  const parsed = settingsSchema.safeParse(Object.fromEntries(given.map(({ name, value }) => [name, value])));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const bad = given.find(({ name }) => name === issue?.path[0]);
    const got = JSON.stringify(bad?.value);
    throw new BadSetting(
      `The setting ${bad?.writtenAs} is ${got}; expected ${issue?.message}: correct it or remove it.`,
    );
  }
  const region = regionOf(environment);
  const { inputPrefix, models = [defaultModelId(region)], ...rest } = parsed.data;
  const { outputPrefix, runsPrefix, resultsPrefix, stagingPrefix, requestsPrefix, modelQuotas, modelPrices } = rest;
  const problem =
    modelsProblem(models, region) ??
    bucketKeyProblem(rest.bucketName, rest.bucketKeyArn, region) ??
    keyRegionProblem('keyArn', rest.keyArn, region) ??
    prefixesProblem({ outputPrefix, runsPrefix, resultsPrefix, stagingPrefix, requestsPrefix }) ??
    uploadMinutesProblem(rest.uploadQuietMinutes, rest.uploadLatestMinutes) ??
    modelQuotasProblem(modelQuotas, models) ??
    modelPricesProblem(modelPrices, models);
  if (problem !== undefined) throw new BadSetting(problem);
  return {
    ...rest,
    ...{ models, region, uploadPrefixes: rest.uploadRun?.media.prefixes ?? [] },
    warnings: [...deprecations(inputPrefix), ...unknownNames(context, environment)],
  };
}

function find(name: SettingName, context: Context, environment: Environment) {
  const inEnvironment = environmentNameOf(name);
  const [writtenAs, value] =
    [
      [name, context[name]] as const,
      [inEnvironment, context[inEnvironment] ?? environment[inEnvironment]] as const,
    ].find(([, candidate]) => candidate !== undefined) ?? [];
  if (value === undefined) return undefined;
  // In cdk.json, JSON may be written as it is.
  return { name, writtenAs, value: typeof value === 'object' ? JSON.stringify(value) : String(value) };
}

/** Refuses misspelt names: `-c bucketname=…` would make a new bucket without a warning. */
function refuseNearMisses(context: Context): void {
  const plain = (name: string) =>
    name
      .toLowerCase()
      .replaceAll(/[-_]/g, '')
      .replace(/^novabatch/, '');
  for (const key of Object.keys(context)) {
    const meant = settingNames.find((name) => plain(name) === plain(key));
    if (meant === undefined || key === meant || key === environmentNameOf(meant)) continue;
    throw new BadSetting(`The context has "${key}", which is no setting: write "${meant}".`);
  }
}

function deprecations(inputPrefix: string | undefined): Settings['warnings'] {
  if (inputPrefix === undefined) return [];
  const message =
    `${environmentNameOf('inputPrefix')} ("${inputPrefix}") is deprecated and ignored, because a job's input is at ` +
    `the root of the bucket (clean-up still empties ${oldInputPrefix}): remove the setting.`;
  return [{ id: 'media-batch:input-prefix', message }];
}

/** Warns only, because others may use the same environment and context. The CDK's own names have `:` or `/`. */
function unknownNames(context: Context, environment: Environment): Settings['warnings'] {
  const known = settingNames.map(environmentNameOf);
  const warning = (name: string, names: readonly string[]) => ({
    id: 'media-batch:unknown-setting',
    message: `${name} is no setting and ignored: remove it or write one of ${names.join(', ')}.`,
  });
  return [
    ...Object.keys(environment)
      .filter((name) => name.startsWith(environmentPrefix) && !known.includes(name))
      .map((name) => warning(name, known)),
    ...Object.keys(context)
      .filter((name) => !/[:/]/.test(name) && ![...settingNames, ...known].includes(name))
      .map((name) => warning(name, settingNames)),
  ];
}
