import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findModel, type Model, models } from '../../lambdas/shared/domain/model/models.ts';
import { offeredModelIds } from '../../lambdas/shared/domain/model/offered-models.ts';
import { mediaTokens } from '../../lambdas/shared/domain/model/tokens.ts';
import { CommandProblem } from '../program/problem.ts';

/** Options of verify:aws. */
export interface VerifyOptions {
  yes?: boolean;
  /** Numbers of the questions; default: all. */
  only?: readonly number[];
  region?: string;
  model?: string;
  keep?: boolean;
  /** GB of the folder that question 3 makes. */
  folderGb: number;
  /** Path of an .mp4 in place of the sample clip. */
  media?: string;
}

/** The Region, models, folder and clip of a verification. */
export interface Plan {
  region: string;
  /** All models of the stack; a job that needs any model uses the first. */
  models: readonly [PlannedModel, ...PlannedModel[]];
  folderBytes: number;
  clip: { body: Uint8Array; maxTokens: number };
}
type PlannedModel = Model & { id: string };

/** A second of it at 288 tokens: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html */
const sampleClip = { path: '../../test/support/media/source_files/C0127.MP4', maxTokens: 288 };

/** Plans for a Region. @throws CommandProblem when it does not offer the model, or the clip cannot be read */
export function planFor(region: string, { model: wanted, folderGb, media }: VerifyOptions): Plan {
  const offered = offeredModelIds(region);
  const ids = wanted === undefined ? offered : [wanted, ...offered];
  const planned = models.flatMap((model) => {
    const id = ids.find((each) => findModel(each)?.model === model && offered.includes(each));
    return id === undefined ? [] : [{ ...model, id }];
  });
  const first = planned.find(({ id }) => id === ids[0]);
  if (first === undefined) {
    throw new CommandProblem(
      `The model is ${ids[0]}, expected one of ${offered.join(', ')} in ${region}: correct --model.`,
    );
  }
  return {
    region,
    models: [first, ...planned.filter((model) => model !== first)],
    folderBytes: folderGb * 1_000_000_000,
    clip: {
      body: readClip(media ?? join(import.meta.dirname, sampleClip.path)),
      // Nothing is known of another clip: it counts as the longest that any of the models bills.
      maxTokens:
        media === undefined
          ? sampleClip.maxTokens
          : Math.max(...planned.map(({ tokens }) => mediaTokens('video', {}, tokens))),
    },
  };
}

function readClip(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CommandProblem(`${path} cannot be read, expected an .mp4: name another with --media.`, { cause });
  }
}
