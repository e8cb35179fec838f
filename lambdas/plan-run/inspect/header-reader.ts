import { Worker } from 'node:worker_threads';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import type { ByteRange } from '../../shared/domain/ports/media-store.ts';
import type { FromWorker, ToWorker } from './header-worker.ts';

/** A file whose bytes the worker asks for. */
export interface FileToRead {
  size: number;
  /** Undefined where they cannot be read. It does not reject. */
  read(range: ByteRange): Promise<Uint8Array | undefined>;
}

/**
 * Time for one file in ms: of the processor, so that a slow machine ends nothing (most files take two), and in real
 * time for each answer, because a worker that needs longer waits for something that never comes.
 */
const fileLimits = { cpuMs: 1500, answerMs: 30_000 };

/** How often the worker is looked at, in ms. */
const watchMs = 250;

/**
 * Memory of the worker. A list of numbers that grows past it ends the whole process and not only the worker (measured
 * with Node.js 24.21), so the readers keep nothing that grows with what a file claims.
 */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 };

/** TypeScript as source, beside this file; JavaScript beside the bundle of the function. */
const headerWorker = new URL(
  import.meta.url.endsWith('.ts') ? './header-worker.ts' : './header-worker.mjs',
  import.meta.url,
);

interface OpenFile extends FileToRead {
  cpuMs: number;
  resolve(header: MediaHeader | undefined): void;
  reject(error: unknown): void;
}

/** Reads headers of other people's files where reading can be ended. */
export type HeaderReader = ReturnType<typeof headerReader>;

/**
 * Returns a reader of headers with one worker for many files.
 *
 * The worker gets one message at a time, so that the file is known that keeps it busy or ends it. That file is given
 * up, and the others begin again in a new worker.
 */
export function headerReader(workerUrl: URL = headerWorker, limits = fileLimits) {
  const open = new Map<number, OpenFile>();
  const queue: ToWorker[] = [];
  let count = 0;
  let worker: Worker | undefined;
  let hasStarted = false;
  let busy: { file: number; cpuMs: number; since: number } | undefined;
  let watch: NodeJS.Timeout | undefined;

  return {
    /**
     * Returns what a header says; undefined where it cannot be read within the bounds of time and memory.
     *
     * @throws where the worker does not start
     */
    read: (file: FileToRead): Promise<MediaHeader | undefined> =>
      new Promise((resolve, reject) => begin({ ...file, cpuMs: 0, resolve, reject })),
  };

  function begin(file: OpenFile): void {
    count += 1;
    open.set(count, file);
    queue.push({ file: count, size: file.size });
    next();
  }

  function next(): void {
    if (open.size === 0) rest();
    else if (busy === undefined) send();
  }

  /** An idle worker does not keep the process alive. */
  function rest(): void {
    clearInterval(watch);
    watch = undefined;
    worker?.unref();
  }

  function send(): void {
    worker ??= start();
    worker.ref();
    const message = hasStarted ? queue.shift() : undefined;
    if (message === undefined) return;
    busy = { file: message.file, cpuMs: cpuMs(), since: performance.now() };
    // An answer that waits behind other work of this process is heard before the worker is judged.
    watch ??= setInterval(() => setImmediate(endIfStuck, busy), watchMs);
    worker.postMessage(message);
  }

  function start(): Worker {
    const started = new Worker(workerUrl, { resourceLimits, env: {}, execArgv: [], stdout: true, stderr: true });
    started.on('message', (message: FromWorker) => started === worker && hear(message));
    started.on('error', (error) => ended(started, error));
    started.on('exit', (code) => ended(started, new Error(`The worker that reads headers ended with code ${code}.`)));
    return started;
  }

  function hear(message: FromWorker): void {
    if (message === 'started') {
      hasStarted = true;
    } else {
      const file = open.get(message.file);
      if (file !== undefined && busy !== undefined) file.cpuMs += cpuMs() - busy.cpuMs;
      busy = undefined;
      if ('header' in message) close(message.file, message.header);
      else if (file !== undefined) void fetchFor(message.file, file, message.need);
    }
    next();
  }

  async function fetchFor(number: number, file: OpenFile, range: ByteRange): Promise<void> {
    const bytes = file.cpuMs > limits.cpuMs ? undefined : await file.read(range);
    if (open.get(number) !== file) return;
    queue.push({ file: number, bytes });
    next();
  }

  function close(number: number, header?: MediaHeader): void {
    open.get(number)?.resolve(header);
    open.delete(number);
  }

  function endIfStuck(watched: typeof busy): void {
    if (busy === undefined || busy !== watched) return;
    const spentMs = (open.get(busy.file)?.cpuMs ?? 0) + cpuMs() - busy.cpuMs;
    if (spentMs > limits.cpuMs || performance.now() - busy.since > limits.answerMs) replaceWorker();
  }

  function ended(which: Worker, error: unknown): void {
    if (which !== worker) return;
    // A worker that cannot start says nothing about any file.
    if (!hasStarted) for (const { reject } of open.values()) reject(error);
    if (!hasStarted) open.clear();
    replaceWorker();
  }

  function replaceWorker(): void {
    if (busy !== undefined) close(busy.file);
    const others = [...open.values()];
    // The others get new numbers, so that bytes on their way to the old worker are nobody's.
    open.clear();
    queue.length = 0;
    void worker?.terminate();
    [worker, busy, hasStarted] = [undefined, undefined, false];
    for (const file of others) begin(file);
    next();
  }
}

/** Of all threads of the process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
