/** A copy source has a URL-encoded key: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function copySourceOf(bucket: string, key: string): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
