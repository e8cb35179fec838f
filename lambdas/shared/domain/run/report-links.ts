/** Where a stack runs, by an ARN of one of its executions. */
export interface Place {
  partition: string;
  region: string;
  account: string;
}

/** The place that an ARN names; undefined where it is none. */
export function placeOfArn(arn: string): Place | undefined {
  const [, partition, region, account] = /^arn:(aws[a-z-]*):[a-z-]+:([a-z0-9-]+):(\d{12}):/.exec(arn) ?? [];
  return partition && region && account ? { partition, region, account } : undefined;
}

/**
 * Whether the answers are simulated: only the local AWS has this account, which nobody can have on AWS. A flag could be set wrongly,
 * and an ARN is what the service itself says.
 */
export function isSimulated(place: Place | undefined): boolean {
  return place?.account === '000000000000';
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html has the partitions; each has a console of its own. */
const consoleHosts: Readonly<Record<string, (region: string) => string>> = {
  aws: (region) => `${region}.console.aws.amazon.com`,
  'aws-cn': () => 'console.amazonaws.cn',
  'aws-us-gov': () => 'console.amazonaws-us-gov.com',
};

/** An object in the S3 console, or what its link begins with; undefined where there is no console to look into. */
export function consoleUrlOf(place: Place | undefined, bucket: string, key: string): string | undefined {
  const host = place && !isSimulated(place) ? consoleHosts[place.partition]?.(place.region) : undefined;
  if (place === undefined || host === undefined) return undefined;
  const query = `region=${place.region}&prefix=${encodedKey(key)}`;
  return `https://${host}/s3/object/${encodeURIComponent(bucket)}?${query}`;
}

/** A key whose segments are percent-encoded, so that whatever is in a name stays one. */
export function encodedKey(key: string): string {
  return key.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

const inConsole = 'data-results="console"';

/**
 * The page of a run for a folder that has its results beside it, as `{analysis}/{media key}.json`, with `results.csv` and
 * `results.ndjson`: its links lead to these files, no longer into the S3 console. A page that is so already stays as it is.
 */
export function besideResults(html: string): string {
  // The first is that of <html>: whatever a name or an answer says comes later.
  const at = html.indexOf('>', html.indexOf('<html'));
  return html.slice(0, at).replace(inConsole, 'data-results="beside"') + html.slice(at);
}
