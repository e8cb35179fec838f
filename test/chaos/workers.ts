import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const resultSchema = z.object({ seed: z.int(), broken: z.array(z.string()), digest: z.string(), ms: z.number() });
export type TimedResult = z.infer<typeof resultSchema>;

const workerFile = fileURLToPath(new URL('worker.ts', import.meta.url));
/** Requests leave much behind that is young: more space for it leaves less to clear. */
const execArgv = ['--max-semi-space-size=64'];
/** Outside of what the system gives to clients. */
const firstPort = 20_000;

export interface WorkOptions {
  seeds: Iterable<number>;
  workers: number;
  templateFile: string;
  keep?: string | undefined;
  /** Told of each seed; true when the rest need not be run. */
  onResult(result: TimedResult): boolean;
}

/** Runs seeds in several processes, each the next one that nobody has. */
export async function runSeeds({ seeds, workers, templateFile, keep, onResult }: WorkOptions): Promise<void> {
  const left = Iterator.from(seeds);
  let isEnough = false;
  async function serve(number: number): Promise<void> {
    const port = firstPort + ((process.pid * workers + number) % 10_000);
    const worker = fork(workerFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv });
    const ended = once(worker, 'exit').then(([code, signal]) => {
      throw new Error(`A worker ended with ${signal ?? code}.`);
    });
    ended.catch(() => {});
    try {
      for (let next = left.next(); !next.done && !isEnough; next = left.next()) {
        worker.send({ seed: next.value, templateFile, port, keep });
        const [message] = await Promise.race([once(worker, 'message'), ended]);
        isEnough = onResult(resultSchema.parse(message)) || isEnough;
      }
    } finally {
      worker.kill();
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, number) => serve(number)));
}
