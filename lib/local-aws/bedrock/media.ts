import { GetObjectCommand, HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import mediaInfoFactory from 'mediainfo.js';
import { genericContentTypes, signsOf, videoFormats } from './formats.ts';
import { parseS3Uri } from './input.ts';
import { type MediaBlock, RecordError } from './records.ts';
import type { ParsedScenario } from './scenario.ts';

/** What can be known of media without looking at the pictures. */
export interface MediaFacts {
  container: string;
  codec: string;
  width: number;
  height: number;
  /** Undefined for an image. */
  seconds: number | undefined;
  bytes: number;
}

type ReadChunk = (size: number, offset: number) => Promise<Uint8Array>;

/** Finds out about media in a prompt; throws a RecordError when Bedrock would refuse them. */
export type MediaReader = (s3: S3Client, media: MediaBlock, scenario: ParsedScenario) => Promise<MediaFacts>;

// Shared by all local AWSes of the process: the library takes half a second to load, and the content of an ETag never
// changes.
const load = () => mediaInfoFactory({ format: 'object' });
let library: ReturnType<typeof load> | undefined;
const known = new Map<string, Promise<MediaFacts>>();
let previous: Promise<unknown> = Promise.resolve();

/** One at a time: the library keeps state. */
function analyze(bytes: number, readChunk: ReadChunk): Promise<MediaFacts> {
  const facts = previous.then(async () => {
    library ??= load();
    const { media } = await (await library).analyzeData(bytes, readChunk);
    const general = media?.track.find((track) => track['@type'] === 'General');
    const picture = media?.track.find((track) => track['@type'] === 'Video' || track['@type'] === 'Image');
    if (!general?.Format || !picture?.Width || !picture.Height) throw new RecordError('The media cannot be read.');
    const { Format: codec = '', Width: width, Height: height } = picture;
    const seconds = picture['@type'] === 'Video' ? (general.Duration ?? 0) : undefined;
    // https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-multimodal-models.html
    const tooLarge = seconds === undefined && Math.max(width, height) > 8_000;
    if (tooLarge) throw new RecordError(`The image has ${width}x${height} pixels, more than 8000x8000.`);
    return { container: general.Format, codec, width, height, seconds, bytes };
  });
  previous = facts.catch(() => undefined);
  return facts;
}

/** A reader that looks into media once for each ETag. */
export function mediaReader(): MediaReader {
  async function factsOf(s3: S3Client, { format, source }: MediaBlock, scenario: ParsedScenario) {
    if (!source.s3Location) {
      const content = Buffer.from(source.bytes ?? '', 'base64');
      return analyze(content.length, async (size, offset) => content.subarray(offset, offset + size));
    }
    const { bucket: Bucket, key: Key } = parseS3Uri(source.s3Location.uri);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key })).catch((error) => refuse(error, Key));
    const { ContentLength: bytes = 0, ContentType = '', StorageClass = '', Restore = '', ETag } = head;
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
    if (/^(GLACIER|DEEP_ARCHIVE)$/.test(StorageClass) && !Restore.includes('ongoing-request="false"')) {
      throw new RecordError(`The object ${Key} is archived in the storage class ${StorageClass}.`);
    }
    // A generic type fits every format. That Bedrock takes it is UNVERIFIED, AWS only says that the type must be right:
    // https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
    const isTaken = scenario.genericContentType === 'accept' && genericContentTypes.includes(ContentType);
    if (!isTaken && !signsOf[format].contentTypes.includes(ContentType)) {
      throw new RecordError(`The Content-Type ${ContentType} of ${Key} is not that of the format ${format}.`);
    }
    // https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
    if (bytes > 1_000_000_000 && videoFormats.some((video) => video === format)) {
      throw new RecordError(`The object ${Key} has ${bytes} bytes, more than 1 GB.`);
    }
    const content = `${ETag} ${bytes}`;
    const facts = known.get(content) ?? analyze(bytes, partsOf(s3, Bucket, Key));
    known.set(content, facts);
    // A failure may be temporary.
    facts.catch(() => known.delete(content));
    return facts;
  }

  return async (s3, media, scenario) => {
    const facts = await factsOf(s3, media, scenario);
    if (signsOf[media.format].containers.includes(facts.container)) return facts;
    throw new RecordError(`The media are ${facts.container}, which is not the format ${media.format}.`);
  };
}

/** Reads an object in parts. The library often reads within the last part again, so that one is kept. */
function partsOf(s3: S3Client, Bucket: string, Key: string): ReadChunk {
  let start = 0;
  let part: Uint8Array = new Uint8Array();
  return async (size, offset) => {
    if (offset < start || offset + size > start + part.length) {
      const Range = `bytes=${offset}-${offset + size - 1}`;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range })).catch((error) => refuse(error, Key));
      part = (await Body?.transformToByteArray()) ?? new Uint8Array();
      start = offset;
    }
    return part.subarray(offset - start, offset - start + size);
  };
}

function refuse(error: unknown, key: string): never {
  if (!(error instanceof S3ServiceException)) throw error;
  const { httpStatusCode } = error.$metadata;
  if (httpStatusCode === 404) throw new RecordError(`The object ${key} was not found.`);
  if (httpStatusCode === 403) throw new RecordError(`Access to the object ${key} was denied.`);
  throw new RecordError(`S3 did not return the object ${key}: ${error.message}`, 500, true);
}
