import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { parseS3Uri } from '../../shared/domain/keys.ts';

/**
 * Returns the key in a field of a request, which may also be an `s3://` URI of this bucket.
 *
 * @throws {RequestRefused} for a URI of another bucket
 */
export function keyIn(text: string, bucket: string, field: string): string {
  const uri = parseS3Uri(text);
  if (uri === undefined || uri.bucket === bucket) return uri?.key ?? text;
  throw new RequestRefused(
    `"${field}" of the request names ${JSON.stringify(text)} in bucket ${JSON.stringify(uri.bucket)}; expected media in bucket ` +
      `${bucket}, the one this stack was deployed for: copy them there, or deploy a stack with -c bucketName=${uri.bucket}.`,
  );
}
