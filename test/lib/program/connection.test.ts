import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it, vi } from 'vitest';
import { connectionFrom } from '../../../lib/program/connection.ts';

describe('the connection', () => {
  it('leaves everything to the SDK with an empty environment', () => {
    expect(connectionFrom({})).toEqual({ label: 'AWS', isLocal: false, client: {} });
  });

  it.each([
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }, 'eu-west-1'],
    [{ AWS_DEFAULT_REGION: 'eu-west-2' }, 'eu-west-2'],
    [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-2' }, 'eu-west-2'],
  ])('takes the Region of %j', (environment, region) => {
    expect(connectionFrom(environment).client).toEqual({ region });
  });

  it.each(['http://127.0.0.1:4566', 'http://localhost:4566/', 'http://[::1]:4566'])(
    'needs no credentials and no Region for %s',
    (url) => {
      expect(connectionFrom({ AWS_ENDPOINT_URL: url })).toMatchObject({
        isLocal: true,
        client: { endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
      });
    },
  );

  it('uses chosen credentials and Region on this machine too', () => {
    const environment = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_ACCESS_KEY_ID: 'mine',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
      AWS_REGION: 'eu-central-1',
    };

    expect(connectionFrom(environment).client).toMatchObject({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'mine', secretAccessKey: 'secret', sessionToken: 'session' },
    });
  });

  it.each(['http://127.0.0.1.example.com', 'https://vpce.example.com'])(
    'never sends made-up credentials to %s',
    (url) => {
      expect(connectionFrom({ AWS_ENDPOINT_URL: url })).toEqual({ label: url, isLocal: false, client: {} });
    },
  );

  it.each(['localhost:4566', 'nonsense', '/tmp/socket'])('refuses %s, which is not a URL', (url) => {
    expect(() => connectionFrom({ AWS_ENDPOINT_URL: url })).toThrow(
      `AWS_ENDPOINT_URL is "${url}", expected a URL like http://127.0.0.1:4566`,
    );
  });

  it('takes the Region that an option names before that of the environment', () => {
    expect(connectionFrom({ AWS_REGION: 'eu-west-1' }, { region: 'eu-north-1' }).client).toEqual({
      region: 'eu-north-1',
    });
  });

  it('lets a client find everything in the profile of an option', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'media-batch-profile-'));
    const file = join(folder, 'config');
    const keys = 'aws_access_key_id = OF-PROFILE\naws_secret_access_key = secret\n';
    await writeFile(file, `[profile night]\nregion = eu-south-2\n${keys}`);
    const environment = { AWS_CONFIG_FILE: file };
    vi.stubEnv('AWS_CONFIG_FILE', file);

    const client = new SFNClient(connectionFrom(environment, { profile: 'night' }).client);

    expect(await client.config.region()).toBe('eu-south-2');
    expect(await client.config.credentials()).toMatchObject({ accessKeyId: 'OF-PROFILE' });
    client.destroy();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
});
