import { randomUUID } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { parseJson } from '../json.ts';
import { reasonOf } from '../reason.ts';
import { type AwsRequest, notSimulated, type Service, ServiceError } from '../service.ts';
import type { createBus } from './bus.ts';

const entrySchema = z.strictObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  EventBusName: z.string().default('default'),
});
type Entry = z.infer<typeof entrySchema>;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const maxEntries = 10;
const requestSchema = z.strictObject({ Entries: z.array(entrySchema).min(1).max(maxEntries) });

/** The total must be smaller: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const maxTotalBytes = 256 * 1024;
const sizeOf = ({ Source = '', DetailType = '', Detail = '', Resources }: Entry) =>
  [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** The code and message of an invalid entry, which is refused alone. */
function problemOf({ Source, DetailType, Detail, EventBusName }: Entry): [string, string] | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (!value) return ['InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`];
  }
  if (Source?.startsWith('aws.')) return ['NotAuthorizedForSourceException', 'Not authorized for the source.'];
  const detail = parseJson(Detail ?? '');
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail))
    return ['MalformedDetail', 'Detail is malformed.'];
  // AWS takes the event and drops it; a test could not tell that from an event without listeners.
  if (EventBusName !== 'default') return ['ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`];
  return undefined;
}

/** EventBridge over its JSON protocol: PutEvents on the default bus. */
export function eventsService(bus: Pick<ReturnType<typeof createBus>, 'putEvent'>, busArn: string): Service {
  function put(entry: Entry, authorize: AwsRequest['authorize']) {
    const { Source: source = '', DetailType = '', Detail = '', Resources: resources } = entry;
    // One entry that the caller may not send refuses the whole request.
    authorize('events:PutEvents', busArn, { 'events:source': source, 'events:detail-type': DetailType });
    const problem = problemOf(entry);
    if (problem) return () => ({ ErrorCode: problem[0], ErrorMessage: problem[1] });
    return () => {
      const detail: object = JSON.parse(Detail);
      return { EventId: bus.putEvent({ source, 'detail-type': DetailType, resources, detail }) };
    };
  }

  return async ({ operation, http, authorize }, response) => {
    if (operation !== 'PutEvents') notSimulated(`${operation} of EventBridge, only PutEvents`);
    const { data, error } = requestSchema.safeParse(await json(http));
    if (data === undefined) throw new ServiceError('ValidationException', 400, reasonOf(error));
    const bytes = data.Entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (bytes >= maxTotalBytes) {
      const message = `Total size of the entries in the request is over the limit: ${bytes} bytes of ${maxTotalBytes}.`;
      throw new ServiceError('ValidationException', 400, message);
    }
    const Entries = data.Entries.map((entry) => put(entry, authorize)).map((send) => send());
    const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
    response.end(JSON.stringify({ FailedEntryCount, Entries }));
  };
}
