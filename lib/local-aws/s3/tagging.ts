import { z } from 'zod';
import { requireObject } from './objects.ts';
import { type Operation, refuse } from './operation.ts';
import { receiveXml } from './request-body.ts';

const tagSchema = z.object({ Key: z.string(), Value: z.string() });
// An empty element is read as empty text.
const tagSetSchema = z.object({ Tag: z.array(tagSchema) }).or(z.literal('').transform(() => ({ Tag: [] })));
const taggingSchema = z.object({ Tagging: z.object({ TagSet: tagSetSchema }) });

/**
 * Checks an object's tags: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 *
 * @throws InvalidTag, BadRequest
 */
export function tagsOf(pairs: [key: string, value: string][]): Record<string, string> {
  for (const [key, value] of pairs)
    if (!/^[\p{L}\p{N}\p{Z}._:/=+@-]{1,128}$/u.test(key) || !/^[\p{L}\p{N}\p{Z}._:/=+@-]{0,256}$/u.test(value))
      refuse('InvalidTag', 400, `The tag "${key}" = "${value}" is too long or has a character that tags may not have.`);
  const tags = Object.fromEntries(pairs);
  if (pairs.length > 10) refuse('BadRequest', 400, `There are ${pairs.length} tags, an object has at most 10.`);
  if (Object.keys(tags).length < pairs.length) refuse('InvalidTag', 400, 'Two tags have the same key.');
  return tags;
}

export const getObjectTagging: Operation = (store, call) => {
  const Tag = Object.entries(requireObject(store, call).tags).map(([Key, Value]) => ({ Key, Value }));
  return { xml: ['Tagging', { TagSet: { Tag } }] };
};

export const putObjectTagging: Operation = async (store, call) => {
  const { Tag } = (await receiveXml(store, call, taggingSchema)).Tagging.TagSet;
  store.update({ ...requireObject(store, call), tags: tagsOf(Tag.map(({ Key, Value }) => [Key, Value])) });
  return {};
};

export const deleteObjectTagging: Operation = (store, call) => {
  store.update({ ...requireObject(store, call), tags: {} });
  return { status: 204 };
};
