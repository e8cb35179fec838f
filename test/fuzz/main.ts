import { parseArgs } from 'node:util';
import { headerReader } from '../../lambdas/plan-run/inspect/header-reader.ts';
import { mediaHeaderSchema } from '../../lambdas/shared/domain/media/media-header.ts';
import { fuzzInput } from './inputs.ts';

// Reads the headers of many broken files as the planner does, one by one: `npm run fuzz -- --count 100000 --seed 7`.

const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
const count = Number(values.count ?? 2000);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
/** Bounds of one input; the memory is that of the whole process beyond what it has before the first. */
const most = { cpuMs: 2000, memoryMib: 200, requests: 32, bytes: 1024 * 1024 };

const reader = headerReader();
const slowest = { cpuMs: 0, number: 0, how: '' };
const results = { read: 0, unfinished: 0 };
const cpuMs = () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
await reader.read({ size: 0, read: async () => undefined });
const startedAt = cpuMs();
const rssMib = process.memoryUsage().rss / 1024 ** 2;
const memoryMib = () => Math.round(process.resourceUsage().maxRSS / 1024 - rssMib);
for (let number = 1; number <= count; number++) {
  const { how, content, size } = fuzzInput(seed, number);
  const used = { requests: 0, bytes: 0 };
  // The inputs before are not what reading takes.
  if (number % 50 === 0) globalThis.gc?.();
  const before = cpuMs();
  const header = await reader.read({
    size,
    read: async ({ offset, bytes }) => {
      used.requests += 1;
      used.bytes += bytes;
      const piece = Buffer.alloc(bytes);
      content.copy(piece, 0, Math.min(offset, content.length));
      return piece;
    },
  });
  const spent = cpuMs() - before;
  if (spent > slowest.cpuMs) Object.assign(slowest, { cpuMs: Math.round(spent), number, how });
  const problem =
    (header === undefined && 'reading it had to be ended') ||
    (!mediaHeaderSchema.safeParse(header).success && `its header is ${JSON.stringify(header)}`) ||
    (spent > most.cpuMs && `it took ${Math.round(spent)} ms of the processor`) ||
    (memoryMib() > most.memoryMib && `the process takes ${memoryMib()} MiB more`) ||
    ((used.requests > most.requests || used.bytes > most.bytes) &&
      `it took ${used.requests} requests of ${used.bytes} bytes`);
  if (problem) {
    process.stdout.write(`Input ${number} of the seed ${seed} (${how}): ${problem}.\n`);
    process.exit(1);
  }
  results[header?.isUnfinished ? 'unfinished' : 'read'] += 1;
}
const summary = { count, seed, ...results, slowest, cpuMs: Math.round(cpuMs() - startedAt), memoryMib: memoryMib() };
process.stdout.write(`${JSON.stringify(summary)}\n`);
