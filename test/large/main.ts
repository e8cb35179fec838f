import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { models } from '../../lambdas/shared/domain/model/models.ts';
import { outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import { startLocalAws } from '../../lib/local-aws/start.ts';
import { synthesize } from '../../lib/stack/synthesize.ts';
import { clientOf } from '../support/client-of.ts';
import { uploadClips } from '../support/upload-clips.ts';

// Runs one request of very many records through the deployed stack on a local AWS, then the same request again, and
// shows how long that took and the most memory that each function had. `npm run prove:large -- --records 250000
// --analyses 3`; 100,000 records a job.

const { values } = parseArgs({
  options: { records: { type: 'string', default: '250000' }, analyses: { type: 'string', default: '3' } },
});
const analyses = Array.from({ length: Number(values.analyses) }, (_, at) => ({
  name: `question-${at + 1}`,
  prompt: `Question ${at + 1} about {{filename}}?`,
}));
const videos = Math.ceil(Number(values.records) / analyses.length);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** The most that a function's processes had, in MiB, by the REPORT lines of its log. */
function peakMemory(dataFolder: string): Record<string, number> {
  const logs = join(dataFolder, 'logs');
  return Object.fromEntries(
    readdirSync(logs).map((file) => {
      const reports = readFileSync(join(logs, file), 'utf8').matchAll(/^REPORT .*Max Memory Used: (\d+) MB/gm);
      return [file.replace(/\.log$/, ''), Math.max(0, ...[...reports].map(([, used]) => Number(used)))];
    }),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'media-batch-large-'));
const { templateFile } = synthesize({ outFolder: join(folder, 'stack') });
let ended = Promise.withResolvers<void>();
const aws = await startLocalAws({
  models,
  templateFile,
  dataFolder: join(folder, 'data'),
  // A job of 100,000 records is no longer in progress than a small one, so that polls do not count here.
  scenario: () => ({ perRecord: 0 }),
  onExecutionStatusChange: ({ status }) => {
    if (status !== 'RUNNING') ended.resolve();
  },
});
try {
  const client = clientOf(aws);
  const s3 = new S3Client(client);
  const states = new SFNClient(client);
  let at = performance.now();
  const seconds = () => {
    const passed = ((performance.now() - at) / 1000).toFixed(1);
    at = performance.now();
    return `${passed} s`;
  };
  await uploadClips(s3, aws.bucket, videos, (number) => {
    return `proxies/day-${String(number % 365).padStart(3, '0')}/clip-${String(number).padStart(7, '0')}.mp4`;
  });
  say(`${videos} videos put into the bucket: ${seconds()}`);
  const input = JSON.stringify({ media: { prefixes: ['proxies/'], newOnly: true }, analyses });
  const run = async (name: string) => {
    const { stateMachineArn } = aws;
    ended = Promise.withResolvers();
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, name, input }));
    await ended.promise;
    say(`${name} run from start to end: ${seconds()}`);
    const { output, cause } = await states.send(new DescribeExecutionCommand({ executionArn }));
    if (output === undefined) throw new Error(`The ${name} run ended without an outcome: ${cause}`);
    const outcome = outcomeSchema.parse(JSON.parse(output));
    const skipped = JSON.stringify(outcome.skipped.byReason);
    say(`${outcome.status}: ${JSON.stringify(outcome.records)} in ${outcome.jobCount} jobs, skipped ${skipped}`);
    return outcome;
  };
  const first = await run('first');
  const second = await run('second');
  for (const [name, used] of Object.entries(peakMemory(join(folder, 'data')))) {
    if (used > 0) say(`${name}: at most ${used} MiB`);
  }
  const all = videos * analyses.length;
  if (first.records.succeeded !== all || second.skipped.total !== all) process.exitCode = 1;
} finally {
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
}
