import { type Analysis, columnsIn, fingerprintOf, promptPlaceholders } from '../../shared/domain/analysis/analysis.ts';
import { refuseBrokenSchema } from '../../shared/domain/analysis/answer-schema.ts';
import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { mediaKindSchema } from '../../shared/domain/media/media.ts';
import type { Model } from '../../shared/domain/model/models.ts';
import type { AnalysisRequest } from '../../shared/domain/request/request.ts';
import { builtInAnalyses } from './built-in-analyses.ts';

/** The analysis of a request that names none. */
const defaultAnalyses: readonly AnalysisRequest[] = ['summary'];

/** An empty name, and `__proto__`, whose value JavaScript and zod would lose. */
const neverColumns: ReadonlySet<string> = new Set(['', '__proto__']);

/** The longest answer of an analysis without `maxTokens`. */
const defaultMaxTokens = 2000;

/**
 * Returns the analyses of a request, complete: built-in ones looked up, others checked.
 *
 * @param hasManifest whether columns of a manifest may be placeholders too
 * @throws {RequestRefused} for an unknown name or placeholder, a name or question used twice, or too many tokens
 */
export function resolveAnalyses(
  requested: readonly AnalysisRequest[] | undefined,
  modelId: string,
  model: Model,
  hasManifest = false,
): Analysis[] {
  const analyses = (requested ?? defaultAnalyses).map((analysis) => resolve(analysis, modelId, model, hasManifest));
  const twice = analyses.find((analysis, at) => analyses.findIndex(({ name }) => name === analysis.name) !== at);
  if (twice) {
    throw new RequestRefused(
      `"analyses" of the request has ${JSON.stringify(twice.name)} twice, expected each name once: results are filed ` +
        'under the name, so give one of them another.',
    );
  }
  refuseSameQuestion(analyses);
  return analyses;
}

/** Two names for one question would cost twice, and a claim could not tell them apart. */
function refuseSameQuestion(analyses: readonly Analysis[]): void {
  for (const [at, one] of analyses.entries()) {
    const other = analyses
      .slice(at + 1)
      .find(
        ({ fingerprint, media }) => fingerprint === one.fingerprint && media.some((kind) => one.media.includes(kind)),
      );
    if (other === undefined) continue;
    throw new RequestRefused(
      `"analyses" of the request asks the same under the names ${JSON.stringify(one.name)} and ${JSON.stringify(other.name)}; ` +
        'expected each question once: leave one of them out, or make them differ.',
    );
  }
}

function resolve(requested: AnalysisRequest, modelId: string, model: Model, hasManifest: boolean): Analysis {
  const analysis = typeof requested === 'string' ? lookUp(requested) : requested;
  const isBuiltIn = typeof requested === 'string';
  if (!isBuiltIn && builtInAnalyses.some(({ name }) => name === analysis.name)) {
    throw new RequestRefused(
      `"analyses" of the request defines ${JSON.stringify(analysis.name)}, which is the name of a built-in analysis: ` +
        'give yours another name, or leave its prompt out to use the built-in one.',
    );
  }
  const unknown = columnsIn(analysis.prompt).find((name) => !hasManifest || neverColumns.has(name));
  if (unknown !== undefined) {
    const known = promptPlaceholders.map((name) => `{{${name}}}`).join(', ');
    throw new RequestRefused(
      `The prompt of analysis ${JSON.stringify(analysis.name)} has the placeholder {{${unknown}}}; expected ${known}` +
        `${hasManifest ? ' or a column of the manifest' : ''}: correct its name or remove it.`,
    );
  }
  const { maxTokens = Math.min(defaultMaxTokens, model.maxOutputTokens) } = analysis.inference ?? {};
  if (maxTokens > model.maxOutputTokens) {
    throw new RequestRefused(
      `Analysis ${JSON.stringify(analysis.name)} asks for maxTokens ${maxTokens}; ${model.label} gives at most ` +
        `${model.maxOutputTokens}: lower it or choose another model.`,
    );
  }
  if (!isBuiltIn) refuseBrokenSchema(analysis);
  const complete = {
    prompt: analysis.prompt,
    inference: { ...analysis.inference, maxTokens },
    schema: analysis.schema,
  };
  const media = (analysis.media ?? mediaKindSchema.options).filter((kind) => model.media.includes(kind));
  return { name: analysis.name, media, ...complete, fingerprint: fingerprintOf(modelId, complete) };
}

function lookUp(name: string): Exclude<AnalysisRequest, string> {
  const found = builtInAnalyses.find((analysis) => analysis.name === name);
  if (found) return found;
  const known = builtInAnalyses.map((analysis) => analysis.name).join(', ');
  throw new RequestRefused(
    `"analyses" of the request names ${JSON.stringify(name)}; the built-in analyses are ${known}: choose one of them, or ` +
      'bring your own as {"name", "prompt"}.',
  );
}
