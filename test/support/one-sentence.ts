import { expect } from 'vitest';

/** Checks that a refusal is exactly one sentence that says what was expected, and that it names every given part. */
export function expectOneSentence(text: string, ...parts: readonly string[]): void {
  for (const part of parts) expect(text).toContain(part);
  // What is quoted from the input, and dots inside numbers and names, end no sentence.
  const ownWords = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  expect(ownWords, 'is one line').not.toContain('\n');
  expect(ownWords, 'begins as a sentence').toMatch(/^["A-Z]/);
  expect(ownWords, 'ends as a sentence').toMatch(/[^.]\.$/);
  expect(ownWords.slice(0, -1), 'is one sentence').not.toMatch(/\S[.!?]\s/);
}

/** The message of the error that a promise rejects with, which must have this name. */
export async function messageOfRejection(promise: Promise<unknown>, name: string): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new TypeError(`The promise did not reject with an error, expected ${name}.`);
  expect(error.name, error.message).toBe(name);
  return error.message;
}
