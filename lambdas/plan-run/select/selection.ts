import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import type { KeyPrefixes } from '../../shared/domain/keys.ts';
import type { MediaKind } from '../../shared/domain/media/media.ts';
import type { PlannedRecord } from '../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import type { Turn } from '../checkpoint.ts';
import type { Verdict } from './judge-media.ts';

/** A media object to analyse. */
export interface Media {
  key: string;
  kind: MediaKind;
  etag: string;
  bytes: number;
}

/** The columns with which an analysis is asked about media of a manifest, or why it is not asked. */
export type Ask = Pick<PlannedRecord, 'columns' | 'variant'> | { skipped: string };

/** What a row of a manifest adds to its media. */
export interface SelectedRow {
  line: number;
  /** By the name of the analysis. */
  asks: ReadonlyMap<string, Ask>;
  /** The request also reaches the media by prefix, key or another row. */
  isAgain: boolean;
}

/** Media that are skipped, or one analysis of them, with the reason and the line of the manifest. */
export interface SkippedMedia {
  key: string;
  analysis?: string;
  reason: string;
  line?: number;
}

/** One object that a request reaches. */
export type Selection = { media: Media; row?: SelectedRow } | SkippedMedia;

/** Where media are selected from, and for which analyses. */
export interface SelectFrom {
  store: Pick<MediaStore, 'bucket' | 'listObjects' | 'headObject' | 'readPieces'>;
  own: KeyPrefixes;
  analyses: readonly Analysis[];
  /** Kinds of media that at least one of the analyses is for. */
  kinds: readonly MediaKind[];
  isDryRun: boolean;
  turn: Turn;
}

/** The reason of a record that the request has already. */
export const askedTwice = 'the request asks the same of this media elsewhere';

/** Turns a verdict on an object into a selection. */
export function selectionOf({ key, etag, bytes }: Omit<Media, 'kind'>, verdict: Verdict): Selection {
  return 'kind' in verdict ? { media: { key, kind: verdict.kind, etag, bytes } } : { key, reason: verdict.skipped };
}
