import { CommandProblem } from './problem.ts';

/** How to reach AWS, or the local AWS. */
export interface Connection {
  /** Its name in messages: `AWS`, or the endpoint's URL. */
  label: string;
  /** Whether it is on this machine: any credentials work there, and requests cost nothing. */
  isLocal: boolean;
  /** Options of every client; empty if the SDK finds everything itself. */
  client: {
    region?: string;
    profile?: string;
    endpoint?: string;
    credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  };
}

/** Options of every command that calls AWS. */
export interface ConnectionOptions {
  region?: string;
  profile?: string;
}

/** The Region of a local connection if none is chosen. */
const localRegion = 'us-east-1';

/**
 * Returns the connection from the options, else from the environment. The SDK reads profiles and SSO itself; an
 * endpoint on this machine also works without credentials and Region.
 *
 * @throws CommandProblem when `AWS_ENDPOINT_URL` is not a URL
 */
export function connectionFrom(
  environment: Readonly<Record<string, string | undefined>>,
  { region: chosen, profile }: ConnectionOptions = {},
): Connection {
  const region = chosen || environment.AWS_REGION || environment.AWS_DEFAULT_REGION || undefined;
  const endpoint = environment.AWS_ENDPOINT_URL || undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    throw new CommandProblem(
      `AWS_ENDPOINT_URL is ${JSON.stringify(endpoint)}, expected a URL like http://127.0.0.1:4566: ` +
        'correct it, or unset it for AWS.',
    );
  }
  if (endpoint === undefined || !isLoopback(endpoint)) {
    return {
      label: endpoint ?? 'AWS',
      isLocal: false,
      client: { ...(region && { region }), ...(profile && { profile }) },
    };
  }
  return localConnection(endpoint, region, environment);
}

/** A connection to the local AWS at an endpoint. */
export function localConnection(
  endpoint: string,
  region = localRegion,
  environment: Readonly<Record<string, string | undefined>> = {},
): Connection {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  const credentials =
    accessKeyId && secretAccessKey
      ? { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN || undefined }
      : { accessKeyId: 'local', secretAccessKey: 'local' };
  return { label: `The local AWS at ${endpoint}`, isLocal: true, client: { region, endpoint, credentials } };
}

function isLoopback(endpoint: string): boolean {
  const hostname = URL.parse(endpoint)?.hostname ?? '';
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
