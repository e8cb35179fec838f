import { startLocalS3 } from './local-s3.ts';

const { url, createBucket } = await startLocalS3(process.argv[2]);
createBucket('lasting');
process.stdout.write(url);
