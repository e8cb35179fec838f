import { createHash } from 'node:crypto';
import type { TriggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import { requestErrorKey } from '../shared/domain/keys.ts';
import { filenameOf } from '../shared/domain/media/media.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import { parseRequest } from '../shared/domain/request/request.ts';
import { readRequestText, whyTooLong } from '../shared/domain/request/request-text.ts';
import type { OnUploadOutput, Upload } from './events.ts';

export interface StartRequestDependencies {
  store: Pick<MediaStore, 'readText' | 'writeText' | 'deleteObject'>;
  table: Pick<TriggerTable, 'getRequestOf' | 'setRequestOf'>;
  executions: Pick<Executions, 'startNamed'>;
  stateMachineArn: string;
}

/** Starts the run that an uploaded file asks for. What is wrong with the file is said beside it. */
export async function startRequest(upload: Upload, dependencies: StartRequestDependencies): Promise<OnUploadOutput> {
  const { store, table, executions, stateMachineArn } = dependencies;
  const { key, etag, size } = upload;
  const name = `The request ${JSON.stringify(key)}`;
  const refuse = async (reason: string): Promise<OnUploadOutput> => {
    await store.writeText(requestErrorKey(key), `${reason}\n`);
    return { did: 'refused', reason };
  };

  const tooLong = whyTooLong(size, name);
  if (tooLong !== undefined) return refuse(tooLong);
  const file = await store.readText(key, etag);
  if (file === 'gone') return { did: 'nothing', reason: `${name} was removed before it was read` };
  if (file === 'changed') {
    return {
      did: 'nothing',
      reason: `${name} was replaced before it was read; the later upload has an event of its own`,
    };
  }
  const read = readRequestText(file.text, name);
  if ('problem' in read) return refuse(read.problem);
  const parsed = parseRequest(read.value);
  if ('problem' in parsed) return refuse(parsed.problem);

  const runId = runIdFor(upload);
  if ((await table.getRequestOf(runId)) === undefined) {
    // Only at the first delivery: by a later one the run may have been refused, and that is what stands there then.
    await store.deleteObject(requestErrorKey(key));
    // A run that is refused finds the file by this.
    await table.setRequestOf(runId, upload);
  }
  await executions.startNamed(stateMachineArn, runId, parsed.request);
  return { did: 'started', runId };
}

const maxNameLength = 40;

/**
 * The run of an upload, `monday-list-4f1c0a9b2d7e6f35`: the same for every delivery of its event, another for every upload. Step
 * Functions takes no other characters everywhere: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function runIdFor({ key, sequencer }: Pick<Upload, 'key' | 'sequencer'>): string {
  const words = filenameOf(key)
    .replace(/\.json$/, '')
    .replaceAll(/[^a-zA-Z0-9]+/g, '-')
    .slice(0, maxNameLength)
    .replaceAll(/^-+|-+$/g, '');
  const hash = createHash('sha256').update(`${key}\n${sequencer}`).digest('hex').slice(0, 16);
  return `${words || 'request'}-${hash}`;
}
