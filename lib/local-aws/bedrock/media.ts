import { GetObjectCommand, HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import mediaInfoFactory from 'mediainfo.js';
import { parseS3Uri } from './input.ts';
import { type MediaBlock, RecordError } from './records.ts';

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
export type MediaReader = (s3: S3Client, media: MediaBlock) => Promise<MediaFacts>;

// Where it is not the format's own name: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html, and what most
// tools say for mpg and wmv. That images are held to theirs is UNVERIFIED.
const contentTypes: Partial<Record<MediaBlock['format'], string[]>> = {
  mkv: ['video/x-matroska'],
  mov: ['video/quicktime'],
  flv: ['video/x-flv'],
  mpg: ['video/mpg', 'video/mpeg'],
  wmv: ['video/wmv', 'video/x-ms-wmv'],
  three_gp: ['video/3gpp'],
};

// What S3 and some tools write when the uploader names no type. It contradicts no format, so it is taken; that Bedrock takes it
// too is UNVERIFIED, AWS only says that the type must be right: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
const unstatedTypes = ['binary/octet-stream', 'application/octet-stream'];

/** A reader over one instance of the MediaInfo library, which remembers what it found by bucket, key and ETag. */
export function mediaReader(): MediaReader {
  const load = () => mediaInfoFactory({ format: 'object' });
  let library: ReturnType<typeof load> | undefined;
  const known = new Map<string, Promise<MediaFacts>>();
  let previous: Promise<unknown> = Promise.resolve();

  /** One at a time: the library keeps the state of what it looks at. */
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

  return async (s3, { format, source: { bytes: inline = '', s3Location } }) => {
    if (!s3Location) {
      const content = Buffer.from(inline, 'base64');
      return analyze(content.length, async (size, offset) => content.subarray(offset, offset + size));
    }
    const { bucket: Bucket, key: Key } = parseS3Uri(s3Location.uri);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key })).catch((error) => refuse(error, Key));
    const { ContentLength: bytes = 0, ContentType = '', StorageClass = '', Restore = '', ETag } = head;
    if (/^(GLACIER|DEEP_ARCHIVE)$/.test(StorageClass) && !Restore.includes('ongoing-request="false"')) {
      throw new RecordError(`The object ${Key} is archived in the storage class ${StorageClass}.`);
    }
    const rightTypes = contentTypes[format] ?? [`video/${format}`, `image/${format}`];
    if (![...rightTypes, ...unstatedTypes].includes(ContentType)) {
      throw new RecordError(`The Content-Type ${ContentType} of ${Key} is not that of the format ${format}.`);
    }
    // https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
    if (bytes > 1_000_000_000) throw new RecordError(`The object ${Key} has ${bytes} bytes, more than 1 GB.`);
    const version = `${Bucket}/${Key} ${ETag}`;
    const facts =
      known.get(version) ??
      analyze(bytes, async (size, offset) => {
        const Range = `bytes=${offset}-${offset + size - 1}`;
        const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range })).catch((error) => refuse(error, Key));
        return (await part.Body?.transformToByteArray()) ?? new Uint8Array();
      });
    known.set(version, facts);
    // What failed may not fail the next time.
    facts.catch(() => known.delete(version));
    return facts;
  };
}

function refuse(error: unknown, key: string): never {
  if (!(error instanceof S3ServiceException)) throw error;
  const { httpStatusCode } = error.$metadata;
  if (httpStatusCode === 404) throw new RecordError(`The object ${key} was not found.`);
  if (httpStatusCode === 403) throw new RecordError(`Access to the object ${key} was denied.`);
  throw new RecordError(`S3 did not give out the object ${key}: ${error.message}`, 500, true);
}
