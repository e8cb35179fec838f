import type { TokenUsage } from '../shared/domain/model/cost.ts';
import { readRecordId } from '../shared/domain/record/record.ts';
import { type Answer, readAnswer } from './read-answer.ts';

/** What an output line says about its record: little, because 100,000 of them are in memory. */
export type RecordOutcome = Pick<Answer, 'failure' | 'isRetryable' | 'isTruncated' | 'inputTokens' | 'outputTokens'>;

/** The lines of an output file, joined to the records of its job. */
export interface JoinedOutput {
  lines: number;
  /** By record number, from 1; undefined where no line answers the record. */
  outcomes: (RecordOutcome | undefined)[];
  succeeded: number;
  usage: TokenUsage;
  duplicateLines: number;
  foreignLines: number;
  /** The first of the foreign lines, as lines of JSON. */
  setAside: string[];
}

/** The most foreign lines that are set aside, and characters of each: enough to see whose they are. */
const maxSetAside = { lines: 1000, characters: 1000 };

/** Begins the join of an output with this many records. */
export function emptyJoin(records: number): JoinedOutput {
  const usage = { inputTokens: 0, outputTokens: 0 };
  const outcomes = Array<RecordOutcome | undefined>(records + 1).fill(undefined);
  return { lines: 0, outcomes, succeeded: 0, usage, duplicateLines: 0, foreignLines: 0, setAside: [] };
}

/** Tells whether a line is for a record that was sent. */
export interface SentRecords {
  jobHash: string;
  count: number;
  notSent: { has(number: number): boolean };
}

/**
 * Joins one output line by its `recordId`; Bedrock guarantees no order. Returns the answer where the line is the first
 * of a record and succeeded.
 */
export function joinLine(
  line: string,
  sent: SentRecords,
  joined: JoinedOutput,
): { number: number; answer: Answer & { text: string } } | undefined {
  joined.lines += 1;
  const answer = readAnswer(line);
  const number = answer === undefined ? 'foreign' : numberIn(answer.recordId, sent);
  if (answer === undefined || number === 'foreign') {
    joined.foreignLines += 1;
    if (joined.setAside.length < maxSetAside.lines) {
      joined.setAside.push(JSON.stringify({ line: joined.lines, text: line.slice(0, maxSetAside.characters) }));
    }
    return undefined;
  }
  if (number !== 'padding' && joined.outcomes[number] !== undefined) {
    joined.duplicateLines += 1;
    return undefined;
  }
  const { failure, isRetryable, isTruncated, inputTokens, outputTokens, text } = answer;
  // Padding is paid for too, so its tokens count; it is in no other number.
  joined.usage.inputTokens += inputTokens;
  joined.usage.outputTokens += outputTokens;
  if (number === 'padding') return undefined;
  joined.outcomes[number] = { failure, isRetryable, isTruncated, inputTokens, outputTokens };
  if (failure !== undefined || text === undefined) return undefined;
  joined.succeeded += 1;
  return { number, answer: { ...answer, text } };
}

function numberIn(recordId: string, { jobHash, count, notSent }: SentRecords): number | 'padding' | 'foreign' {
  const id = readRecordId(jobHash, recordId);
  if (typeof id === 'string') return id;
  return id.number >= 1 && id.number <= count && !notSent.has(id.number) ? id.number : 'foreign';
}
