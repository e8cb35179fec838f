import { truncateText } from '../shared/text/truncate.ts';

/** How many records share a reason. */
export interface ReasonGroup<Kind extends string> {
  kind: Kind;
  reason: string;
  records: number;
}

/** Groups that people get to see; the rest is one more. */
const maxGroups = 20;

/** Groups that are kept while counting: whatever Bedrock says, memory stays flat. */
const maxKept = 1000;

/** Characters of a reason that stands among many. */
export const maxReasonLength = 300;

/** What stands in place of everything that did not fit into a group of its own. */
export const otherReasons = 'other reasons';

/** Counts reasons in groups of those that differ in names, URIs and numbers only. */
export function reasonGroups<Kind extends string>() {
  const groups = new Map<string, ReasonGroup<Kind> & { shape: string }>();
  const others = new Map<Kind, number>();

  return {
    add(kind: Kind, reason: string, records = 1): void {
      const shape = shapeOf(reason);
      const id = `${kind}\n${shape}`;
      const group = groups.get(id);
      if (group !== undefined) {
        group.records += records;
        // As long as all of a group say the same, it is told in their own words.
        if (group.reason !== truncateText(reason, maxReasonLength)) group.reason = shape;
      } else if (groups.size < maxKept) {
        groups.set(id, { kind, reason: truncateText(reason, maxReasonLength), shape, records });
      } else {
        others.set(kind, (others.get(kind) ?? 0) + records);
      }
    },

    /** At most 20 groups, the most frequent first, and behind them what is left of each kind. */
    list(): ReasonGroup<Kind>[] {
      const ranked = [...groups.values()].sort((one, other) => other.records - one.records);
      const rest = new Map(others);
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
  // An apostrophe inside a word is no quotation mark.
  /(?<!\w)'[^']*'(?!\w)/,
  // Words with a digit in them: numbers, IDs, file names, keys.
  /(?<![\w./+=-])(?!S3\b)[\w./+=-]*\d[\w./+=%:-]*/,
]
  .map(({ source }) => source)
  .join('|');
const particulars = new RegExp(`(?:${particular})(?: (?:${particular}))*`, 'giu');

/** The reason without what names one record or another. */
function shapeOf(reason: string): string {
  const [code = ''] = status.exec(reason) ?? [];
  return truncateText(code + reason.slice(code.length).replace(particulars, '…'), maxReasonLength);
}
