/** The partition, Region and account of a stack, from an ARN of one of its executions. */
export interface Place {
  partition: string;
  region: string;
  account: string;
}

/** Returns the place in an ARN; undefined if it is not an ARN. */
export function placeOfArn(arn: string): Place | undefined {
  const [, partition, region, account] = /^arn:(aws[a-z-]*):[a-z-]+:([a-z0-9-]+):(\d{12}):/.exec(arn) ?? [];
  return partition && region && account ? { partition, region, account } : undefined;
}

/** Returns whether answers are simulated: only the local AWS has this account, which does not exist on AWS. */
export function isSimulated(place: Place | undefined): boolean {
  return place?.account === '000000000000';
}

/** The console host of each partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const consoleHosts: Readonly<Record<string, (region: string) => string>> = {
  aws: (region) => `${region}.console.aws.amazon.com`,
  'aws-cn': () => 'console.amazonaws.cn',
  'aws-us-gov': () => 'console.amazonaws-us-gov.com',
};

/** Returns the S3 console URL of an object, or of a prefix to append a key to; undefined without a console. */
export function consoleUrlOf(place: Place | undefined, bucket: string, key: string): string | undefined {
  const host = place && !isSimulated(place) ? consoleHosts[place.partition]?.(place.region) : undefined;
  if (place === undefined || host === undefined) return undefined;
  const query = `region=${place.region}&prefix=${encodedKey(key)}`;
  return `https://${host}/s3/object/${encodeURIComponent(bucket)}?${query}`;
}

/** Returns a key with percent-encoded segments, so that characters in a name cannot change the URL. */
export function encodedKey(key: string): string {
  return key.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

const inConsole = 'data-results="console"';

/**
 * Makes the links of a report lead to files beside it instead of the S3 console: `{analysis}/{media key}.json`,
 * `results.csv` and `results.ndjson`. A page that was already changed stays unchanged.
 */
export function besideResults(html: string): string {
  // The first match is in <html>: names and answers come later.
  const at = html.indexOf('>', html.indexOf('<html'));
  return html.slice(0, at).replace(inConsole, 'data-results="beside"') + html.slice(at);
}
