import { CommandProblem } from '../../program/problem.ts';

/** The flags of `run` that are fields of the request. */
export interface RequestFlags {
  prefix?: string[];
  key?: string[];
  manifest?: string;
  include?: string[];
  exclude?: string[];
  newOnly?: boolean;
  analysis?: string[];
  ask?: string;
  askName?: string;
  model?: string;
  layout?: string;
  name?: string;
  maxCost?: number;
  retries?: number;
  dryRun?: boolean;
  /** In place of media. */
  retry?: string;
}

/** Name of the results of a question without a name. */
const defaultAskName = 'question';

/**
 * Builds the request from a file and flags: a flag overrides the same field, and with flags alone no file is needed.
 * The request is not checked here.
 *
 * @throws CommandProblem if neither names media
 */
export function requestWith(fromFile: unknown, flags: RequestFlags): unknown {
  const media = present({
    prefixes: flags.prefix,
    keys: flags.key,
    manifest: flags.manifest,
    include: flags.include,
    exclude: flags.exclude,
    newOnly: flags.newOnly,
  });
  const rest = present({
    retryOf: flags.retry,
    model: flags.model,
    analyses: analysesOf(flags),
    layout: flags.layout,
    name: flags.name,
    maxCostUsd: flags.maxCost,
    retries: flags.retries,
    dryRun: flags.dryRun,
  });
  if (fromFile === undefined) {
    if (Object.keys(media).length === 0 && flags.retry === undefined) {
      throw new CommandProblem(
        'No media are named: give a request file, --prefix, --key, --manifest or --retry, ' +
          'see "media-batch run --help".',
      );
    }
    return Object.keys(media).length === 0 ? rest : { media, ...rest };
  }
  if (!isObject(fromFile)) return fromFile;
  if (Object.keys(media).length === 0) return { ...fromFile, ...rest };
  return { ...fromFile, media: { ...(isObject(fromFile.media) ? fromFile.media : {}), ...media }, ...rest };
}

function analysesOf({ analysis = [], ask, askName = defaultAskName }: RequestFlags): unknown[] | undefined {
  const all = [...analysis, ...(ask === undefined ? [] : [{ name: askName, prompt: ask }])];
  return all.length === 0 ? undefined : all;
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
