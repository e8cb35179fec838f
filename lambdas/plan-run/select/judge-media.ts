import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { maxImageBytes, maxVideoBytes } from '../../shared/domain/limits.ts';
import {
  extensionOf,
  type MediaKind,
  mediaFormatOf,
  mediaKindOf,
  supportedExtensions,
} from '../../shared/domain/media/media.ts';
import { wouldRefuse } from '../../shared/domain/plan/dry-run.ts';

/** What a listing shows of an object. */
export interface Candidate {
  key: string;
  bytes: number;
  storageClass?: string;
}

/** What the request says about objects. */
export interface JudgedFor {
  /** Kinds of media that at least one analysis of the request is for. */
  kinds: readonly MediaKind[];
  /** How to leave the object out of the request, for the refusal; without a remedy the object is skipped. */
  remedy?: string;
  /** Nothing is sent, so everything that would refuse the request can be reported at once. */
  isDryRun: boolean;
}

/** Media to analyse, media of a kind that no analysis is for, or an object that cannot be analysed. */
export type Verdict = { kind: MediaKind; isMedia: true } | { skipped: string; isMedia: boolean };

/** S3 answers a read of these with InvalidObjectState until they are restored. */
const archivedClasses: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

const words = {
  video: { one: 'a video', name: 'Video', smaller: 'a smaller proxy', maxBytes: maxVideoBytes },
  image: { one: 'an image', name: 'Image', smaller: 'a smaller copy', maxBytes: maxImageBytes },
} as const satisfies Record<MediaKind, object>;

/**
 * Says whether an object is analysed or skipped, by what S3 shows of it.
 *
 * @throws {RequestRefused} for media that Bedrock could not take, unless in a dry run: skipping them silently would
 * look like success
 */
export function judgeMedia({ key, bytes, storageClass }: Candidate, { kinds, remedy, isDryRun }: JudgedFor): Verdict {
  if (key.endsWith('/')) return { skipped: 'a folder marker', isMedia: false };
  const kind = mediaKindOf(key);
  if (kind === undefined) return { skipped: 'neither a video nor an image by its extension', isMedia: false };
  // Before anything is refused: media that no analysis is for may have any format and size.
  if (!kinds.includes(kind)) return { skipped: `no analysis of the request is for ${kind}s`, isMedia: true };
  if (bytes === 0) return { skipped: 'empty', isMedia: false };
  if (storageClass !== undefined && archivedClasses.has(storageClass)) {
    return { skipped: `archived (${storageClass})`, isMedia: false };
  }
  const problem = whyImpossible(key, bytes, kind);
  if (problem === undefined) return { kind, isMedia: true };
  if (remedy === undefined) return { skipped: problem.inShort, isMedia: true };
  if (isDryRun) return { skipped: wouldRefuse(problem.inShort), isMedia: true };
  throw new RequestRefused(`${problem.sentence}, or ${remedy}.`);
}

/** Names these kinds of media, for messages: `a video (3gp, flv, …) or an image (gif, …)`. */
export function expectedMedia(kinds: readonly MediaKind[]): string {
  return kinds.map((kind) => `${words[kind].one} (${supportedExtensions[kind]})`).join(' or ');
}

function whyImpossible(key: string, bytes: number, kind: MediaKind): { sentence: string; inShort: string } | undefined {
  const { one, name, smaller, maxBytes } = words[kind];
  const quoted = JSON.stringify(key);
  if (mediaFormatOf(key) === undefined) {
    const expected = `expected ${supportedExtensions[kind]}: convert it`;
    return {
      sentence: `${name} ${quoted} has a format that Bedrock does not take; ${expected}`,
      inShort: `${one} in a format that Bedrock does not take (${extensionOf(key)})`,
    };
  }
  if (bytes <= maxBytes) return undefined;
  const gigabytes = `${maxBytes / 1e9} GB`;
  return {
    sentence: `${name} ${quoted} has ${bytes} bytes; Bedrock takes at most ${maxBytes} (${gigabytes}) each: make ${smaller} of it`,
    inShort: `${one} of more than ${gigabytes}`,
  };
}
