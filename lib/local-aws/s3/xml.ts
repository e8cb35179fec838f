import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { refuse } from './operation.ts';

/** What an element holds: text, elements by name, several elements of one name; undefined is left out. */
export type XmlContent = string | number | boolean | undefined | XmlContent[] | { [name: string]: XmlContent };

const special = /[&<>\p{Cc}\uFFFE\uFFFF]/gu;

/** Writes an element; control characters become references, so that every key survives. */
export function toXml(name: string, content: XmlContent, attributes = ''): string {
  if (content === undefined) return '';
  let inside = '';
  if (Array.isArray(content)) {
    for (const item of content) inside += toXml(name, item);
    return inside;
  }
  if (typeof content === 'object') for (const child in content) inside += toXml(child, content[child]);
  else inside = String(content).replace(special, (character) => `&#${character.charCodeAt(0)};`);
  return `<${name}${attributes}>${inside}</${name}>`;
}

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true, // The parser reads numeric references only with this.
  isArray: (name) => ['Object', 'Part', 'Tag'].includes(name),
});

/** Reads a request's document. @throws MalformedXML when it is none, or not what `schema` expects */
export function fromXml<T>(text: string, schema: z.ZodType<T>): T {
  try {
    // No XML may hold this character, and the parser would drop it.
    if (/&#x?0+;/.test(text)) throw new Error('it refers to the character 0');
    // As XML 1.1, which may hold control characters: 1.0 would drop them from a key and so name another object.
    return schema.parse(parser.parse(text.replace(/^(<\?xml.*?\?>)?/, '<?xml version="1.1"?>'), true));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return refuse('MalformedXML', 400, `The XML of the request is not what S3 expects: ${reason}`);
  }
}
