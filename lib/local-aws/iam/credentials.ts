import { createHash } from 'node:crypto';

/** Credentials of a role: always the same for the same role and no other, so that the endpoint can tell callers apart. */
export function credentialsOf(roleArn: string) {
  const digest = createHash('sha256').update(roleArn).digest('hex').toUpperCase();
  return { accessKeyId: `ASIA${digest.slice(0, 16)}`, secretAccessKey: digest.slice(16, 56), sessionToken: digest };
}
