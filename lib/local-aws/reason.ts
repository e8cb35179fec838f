import { z } from 'zod';

/** Why something failed, as the end of a sentence; for what does not fit a schema, with the place. */
export function reasonOf(error: unknown): string {
  const [issue] = error instanceof z.ZodError ? error.issues : [];
  const place = issue ? `at ${issue.path.join('.') || 'the top'}: ` : '';
  // JSONata throws plain objects with a message.
  const { message = error } = issue ?? Object(error);
  return place + String(message).replace(/\.$/, '');
}
