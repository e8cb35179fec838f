import { z } from 'zod';

/** A tag of a Bedrock job. */
export interface JobTag {
  key: string;
  value: string;
}

/** Letters, digits, spaces and `._:/=+@-`: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Tag.html */
const tagKey = /^(?!aws:)[a-zA-Z0-9 ._:/+@-]{1,128}$/i;
const tagValue = /^[a-zA-Z0-9 ._:/=+@-]{0,256}$/;

/** A resource may have 50 tags; ten are reserved for the stack and the steps. */
const maxJobTags = 40;

const expected =
  `at most ${maxJobTags} pairs such as "team=video,stage=test", each name once, of letters, digits, spaces and ` +
  '._:/+@-, not starting with "aws:"';

/** Reads `team=video,stage=test`; the first `=` of a pair ends its name. */
export const jobTagsSchema = z.string().transform((text, context): JobTag[] => {
  const tags = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return { key: pair.slice(0, Math.max(at, 0)).trim(), value: pair.slice(at + 1).trim() };
  });
  const isUnique = new Set(tags.map(({ key }) => key)).size === tags.length;
  const isValid = tags.every(({ key, value }) => tagKey.test(key) && tagValue.test(value));
  if (!isUnique || !isValid || tags.length > maxJobTags) context.addIssue({ code: 'custom', message: expected });
  return tags;
});

/** Returns the tags of every Bedrock job of a stack; a tag of the settings replaces ours of the same name. */
export function jobTagsOf(stackName: string, own: readonly JobTag[]): JobTag[] {
  const ours = [
    { key: 'project', value: 'bedrock-media-batch' },
    { key: 'stack', value: stackName },
  ];
  return [...ours.filter(({ key }) => !own.some((tag) => tag.key === key)), ...own];
}
