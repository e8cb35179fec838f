import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';
import { reasonOf } from '../reason.ts';
import { refuse } from './errors.ts';

/** What an element holds: text, elements by name, several elements of one name; undefined is skipped. */
export type XmlContent = string | number | boolean | undefined | XmlContent[] | { [name: string]: XmlContent };

const builder = new XMLBuilder({
  ignoreAttributes: false,
  processEntities: false,
  // Control characters become references, so that every key survives.
  tagValueProcessor: (_, value) =>
    String(value).replace(/[&<>\p{Cc}\uFFFE\uFFFF]/gu, (character) => `&#${character.charCodeAt(0)};`),
});

/** Writes a document. Only errors have no namespace: botocore would not find their code. */
export function toXml(root: string, content: Record<string, XmlContent>): string {
  const attributes = root === 'Error' ? {} : { '@_xmlns': 'http://s3.amazonaws.com/doc/2006-03-01/' };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [root]: { ...attributes, ...content } })}`;
}

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true, // The parser reads numeric references only with this.
  isArray: (name) => ['Object', 'Part', 'Tag'].includes(name),
});

/** Reads what the root of a document holds. @throws MalformedXML */
export function fromXml<T>(text: string, root: string, schema: z.ZodType<T>): T {
  try {
    // No XML may hold this character, and the parser would drop it.
    if (/&#x?0+;/.test(text)) throw new Error('it refers to the character 0');
    // As XML 1.1, which may hold control characters: 1.0 would drop them from a key and so name another object.
    return schema.parse(parser.parse(text.replace(/^(<\?xml.*?\?>)?/, '<?xml version="1.1"?>'), true)[root]);
  } catch (error) {
    return refuse('MalformedXML', `The XML of the request is not what S3 takes: ${reasonOf(error)}.`);
  }
}
