import { truncateText } from '../shared/text/plain-text.ts';

/** The number of records that share a reason. */
export interface ReasonGroup<Kind extends string> {
  kind: Kind;
  reason: string;
  records: number;
}

/** Groups that are reported; the rest is one more. */
const maxGroups = 20;

/** Groups that are kept while counting, so that memory stays bounded. */
const maxKept = 1000;

/** Characters of a reason in a list. */
export const maxReasonLength = 300;

/** The reason of all records without a group of their own. */
export const otherReasons = 'other reasons';

/** Counts reasons in groups that differ only in names, URIs and numbers. */
export function reasonGroups<Kind extends string>() {
  const groups = new Map<string, ReasonGroup<Kind> & { shape: string }>();
  const ungrouped = new Map<Kind, number>();

  return {
    add(kind: Kind, reason: string, records = 1): void {
      const shape = shapeOf(reason);
      const id = `${kind}\n${shape}`;
      const group = groups.get(id);
      if (group !== undefined) {
        group.records += records;
        // Keeps the exact reason while all records of the group share it.
        if (group.reason !== truncateText(reason, maxReasonLength)) group.reason = shape;
      } else if (groups.size < maxKept) {
        groups.set(id, { kind, reason: truncateText(reason, maxReasonLength), shape, records });
      } else {
        ungrouped.set(kind, (ungrouped.get(kind) ?? 0) + records);
      }
    },

    /** Returns at most 20 groups, the most frequent first, then the rest of each kind. */
    list(): ReasonGroup<Kind>[] {
      const ranked = [...groups.values()].sort((one, other) => other.records - one.records);
      const rest = new Map(ungrouped);
      for (const { kind, records } of ranked.slice(maxGroups)) rest.set(kind, (rest.get(kind) ?? 0) + records);
      return [
        ...ranked.slice(0, maxGroups).map(({ kind, reason, records }) => ({ kind, reason, records })),
        ...[...rest].map(([kind, records]) => ({ kind, reason: otherReasons, records })),
      ];
    },
  };
}

/** A status at the very beginning is no mere number: `400: …` and `429: …` are different things. */
const status = /^\d{3}(?=: )/;

const particular = [
  /[a-z][a-z0-9+.-]*:\/\/[^\s"'`,;)]+/, // URIs
  /arn:aws[^\s"'`,;)]*/,
  /"[^"]*"|`[^`]*`|“[^”]*”/,
  // An apostrophe inside a word is not a quotation mark.
  /(?<!\w)'[^']*'(?!\w)/,
  // Words with a digit in them: numbers, IDs, file names, keys.
  /(?<![\w./+=-])(?!S3\b)[\w./+=-]*\d[\w./+=%:-]*/,
]
  .map(({ source }) => source)
  .join('|');
const particulars = new RegExp(`(?:${particular})(?: (?:${particular}))*`, 'giu');

/** Returns a reason without the names and numbers of a single record. */
function shapeOf(reason: string): string {
  const [code = ''] = status.exec(reason) ?? [];
  return truncateText(code + reason.slice(code.length).replace(particulars, '…'), maxReasonLength);
}
