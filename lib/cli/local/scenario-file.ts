import { readFile } from 'node:fs/promises';
import picomatch from 'picomatch';
import { z } from 'zod';
import { models, quotasSchema } from '../../../lambdas/shared/domain/model/models.ts';
import { parseJson } from '../../../lambdas/shared/text/json-text.ts';
import { apiFaultSchema, type JobScenario, jobScenarioSchema, type LocalAwsOptions } from '../../local-aws/start.ts';
import { seededRandom } from './seeded-random.ts';

const someQuotas = quotasSchema.partial();
const modelIdSchema = z.enum(models.map(({ modelId }) => modelId));

const scenarioFileSchema = z.strictObject({
  /** Makes IDs, the order of outputs and jitter repeatable. */
  seed: z.int().min(0).optional(),
  /** Of every model, and of single ones. */
  quotas: someQuotas.extend({ perModel: z.partialRecord(modelIdSchema, someQuotas).optional() }).optional(),
  faults: z.array(apiFaultSchema).optional(),
  /** Every n-th delivery of an event is lost, or comes twice. */
  events: z.strictObject({ lose: z.int().min(1).optional(), double: z.int().min(1).optional() }).optional(),
  /** The first entry whose glob matches a job's name decides what happens to that job. */
  jobs: z.array(jobScenarioSchema.extend({ name: z.string().default('*') })).default([]),
});

/** The options of a local AWS that simulate failures. */
type Failures = Pick<LocalAwsOptions, 'scenario' | 'faults' | 'quotas' | 'events' | 'random'>;

/**
 * Reads the failures to simulate from a file. A given seed overrides the file's; without a file it causes a mixture of
 * failures.
 *
 * @throws Error, with one sentence, when there is no such file or it is not a scenario
 */
export async function readScenario(file: string | undefined, seed: number | undefined): Promise<Failures> {
  if (file === undefined) return seed === undefined ? {} : mixture(seed);
  const content = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new Error(`The scenario file ${file} cannot be read (${cause.message}): name a JSON file.`, { cause });
  });
  const parsed = parseJson(content);
  if ('problem' in parsed) {
    const { line, column, reason } = parsed.problem;
    throw new Error(
      `The scenario file ${file} is not JSON (line ${line}, column ${column}: ${reason}): correct it there.`,
    );
  }
  const { data, error } = scenarioFileSchema.safeParse(parsed.value);
  if (error) {
    const places = error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
    throw new Error(`The scenario file ${file} is no scenario (${places.join('; ')}): correct it there.`);
  }
  const jobs = data.jobs.map(({ name, ...scenario }) => ({ fits: picomatch(name), scenario }));
  const chosen = seed ?? data.seed;
  return {
    ...{
      quotas: data.quotas,
      faults: data.faults,
      events: data.events,
      random: chosen === undefined ? undefined : seededRandom(chosen),
    },
    scenario: ({ jobName }) => jobs.find(({ fits }) => fits(jobName))?.scenario ?? {},
  };
}

/** A little of every failure, so that most of a run succeeds; the n-th job of a seed always has the same ones. */
function mixture(seed: number): Failures {
  const chance = seededRandom(seed);
  const below = (limit: number) => Math.floor(chance() * limit);
  const oneOf = <const T>(first: T, ...others: T[]): T => others[below(others.length + 1)] ?? first;
  const scenario = (): JobScenario => ({
    ...{ submitted: below(600), validating: below(600), scheduled: below(36_000), perRecord: below(10) },
    end: chance() < 0.8 ? 'Completed' : oneOf('PartiallyCompleted', 'Failed', 'Stopped', 'Expired'),
    records: [1, 2].map(() => ({
      ...{ every: 20 + below(40), retryable: chance() < 0.5 },
      does: oneOf('fail', 'missing', 'double', 'foreign', 'truncate', 'notJson'),
    })),
  });
  const faults = apiFaultSchema.shape.operation.options.map((operation) => ({
    ...{ operation, calls: 1 + below(2), afterwards: chance() < 0.3 },
    code: oneOf('ThrottlingException', 'InternalServerException'),
  }));
  return { scenario, faults, random: seededRandom(seed) };
}
