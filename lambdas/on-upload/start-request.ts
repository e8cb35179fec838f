import { createHash } from 'node:crypto';
import type { TriggerTable } from '../shared/aws/dynamodb/trigger-table.ts';
import { requestErrorKey } from '../shared/domain/keys.ts';
import { filenameOf } from '../shared/domain/media/media.ts';
import type { Executions } from '../shared/domain/ports/executions.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import { parseRequest } from '../shared/domain/request/request.ts';
import { readRequestText, whyTooLong } from '../shared/domain/request/request-text.ts';
import type { RunEnded } from '../shared/domain/run/run-ended.ts';
import type { OnUploadOutput, Upload } from './events.ts';

export interface StartRequestDependencies {
  store: Pick<MediaStore, 'readText' | 'writeText' | 'deleteObject'>;
  table: Pick<TriggerTable, 'getRequestOf' | 'setRequestOf' | 'getLatestRunOf'>;
  executions: Pick<Executions, 'startNamed'>;
  stateMachineArn: string;
}

/** Starts the run of an uploaded request. A faulty request gets an error file beside it. */
export async function startRequest(upload: Upload, dependencies: StartRequestDependencies): Promise<OnUploadOutput> {
  const { store, table, executions, stateMachineArn } = dependencies;
  const { key, etag, size } = upload;
  const name = `The request ${JSON.stringify(key)}`;
  const refuse = async (reason: string): Promise<OnUploadOutput> => {
    await store.writeText(requestErrorKey(key), `${reason}\n`);
    return { action: 'refused', reason };
  };

  const tooLong = whyTooLong(size, name);
  if (tooLong !== undefined) return refuse(tooLong);
  const file = await store.readText(key, etag);
  if (file === 'gone') return { action: 'none', reason: `${name} was removed before it was read` };
  if (file === 'changed') {
    return {
      action: 'none',
      reason: `${name} was replaced before it was read; the later upload has an event of its own`,
    };
  }
  const read = readRequestText(file.text, name);
  if ('problem' in read) return refuse(read.problem);
  const parsed = parseRequest(read.value);
  if ('problem' in parsed) return refuse(parsed.problem);

  const runId = runIdFor(upload);
  if ((await table.getRequestOf(runId)) === undefined) {
    // Only at the first delivery: at a later one this may be the error file of the refused run.
    await store.deleteObject(requestErrorKey(key));
    // `explainRefusal` finds the file by this.
    await table.setRequestOf(runId, upload);
  }
  await executions.startNamed(stateMachineArn, runId, parsed.request);
  return { action: 'started', runId };
}

/** Writes why the run of an uploaded request was refused into the error file beside it. */
export async function explainRefusal(
  { runId, status, reason = '' }: RunEnded,
  { store, table }: Pick<StartRequestDependencies, 'store' | 'table'>,
): Promise<OnUploadOutput> {
  if (status !== 'Refused') return { action: 'none', reason: `the run ended as ${status}` };
  const key = await table.getRequestOf(runId);
  if (key === undefined) return { action: 'none', reason: 'no uploaded request started the run' };
  if ((await table.getLatestRunOf(key)) !== runId)
    return { action: 'none', reason: 'the request has been uploaded again since' };
  await store.writeText(requestErrorKey(key), `${reason}\n`);
  return { action: 'refused', runId, reason };
}

const maxNameLength = 40;

/**
 * Returns the run ID of an upload, such as `monday-list-4f1c0a9b2d7e6f35`: the same for every delivery of its event.
 *
 * Other characters are not allowed in every name:
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function runIdFor({ key, sequencer }: Pick<Upload, 'key' | 'sequencer'>): string {
  const name = filenameOf(key)
    .replace(/\.json$/, '')
    .replaceAll(/[^a-zA-Z0-9]+/g, '-')
    .slice(0, maxNameLength)
    .replaceAll(/^-+|-+$/g, '');
  const hash = createHash('sha256').update(`${key}\n${sequencer}`).digest('hex').slice(0, 16);
  return `${name || 'request'}-${hash}`;
}
