import type { IncomingMessage, ServerResponse } from 'node:http';

/** A file of records that a batch job has read from its first byte on. */
export interface InputRead {
  /** The job's place in the order of creation, from 1. */
  job: number;
  key: string;
  text: string;
}

/** Sees what batch jobs read of their inputs, whatever becomes of them and of their output. */
export function watchBedrock() {
  const reads: InputRead[] = [];
  return {
    reads,
    watch({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
      const [, job] = / app\/batch-job-(\d+)/.exec(headers['user-agent'] ?? '') ?? [];
      const [, key] = /^\/[^/]+\/(.+\.jsonl)\?/.exec(url) ?? [];
      // The first part of a file; at its end a job reads a single byte, to see that the file is there.
      const isWhole = /^bytes=0-\d{2,}$/.test(String(headers.range));
      if (job === undefined || key === undefined || method !== 'GET' || !isWhole) return;
      const read = { job: Number(job), key: decodeURIComponent(key), text: '' };
      reads.push(read);
      const write = response.write.bind(response);
      response.write = (chunk: Buffer | string, ...rest: []) => {
        read.text += chunk.toString();
        return write(chunk, ...rest);
      };
    },
  };
}
