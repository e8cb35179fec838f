import type { EventScenario } from '../../lib/local-aws/events/bus.ts';
import type { JobScenario } from '../../lib/local-aws/start.ts';
import { type Chance, chanceOf } from './chance.ts';
import type { FaultRates } from './faults.ts';
import { contentOf } from './media-pool.ts';
import { drawRequest, type Request } from './requests.ts';

/** What a seed draws: who does what to one bucket and when, and what goes wrong. Times are ms after the start. */
export interface Draws {
  seed: number;
  chance: Chance;
  media: { key: string; content: number }[];
  runs: { name: string; atMs: number; request: Request }[];
  /** Somebody stops the execution of a run, or begins it again, if it is there and in a state for that. */
  hands: { run: string; does: 'stop' | 'redrive'; atMs: number }[];
  foreignInputs: { key: string; records: number; atMs: number; removedMs: number | undefined }[];
  changes: { key: string; atMs: number; content: number | undefined }[];
  rates: FaultRates;
  events: EventScenario;
  /** Whether the children of a stopped execution go on. */
  outlivesParent: boolean;
  /** How the job of a name goes. */
  scenario(jobName: string): JobScenario;
}

const minute = 60_000;
const quiet: FaultRates = { call: 0, stuckCall: 0, invocation: 0, create: 0, input: 0 };

/** The draws of a seed. */
export function drawsOf(seed: number): Draws {
  const chance = chanceOf(seed);
  const kind = drawKind(chance);
  const media = drawMedia(chance, kind);
  const length = kind === 'usual' ? chance.pick([1, 1, 1, 1, 2, 3], 'runs') : 1;
  const runs = Array.from({ length }, (_, at) => ({
    name: `run-${seed}-${at + 1}`,
    // No two begin at the same fraction of a second, so that what they do is never due at the same time.
    atMs:
      chance.between(0, chance.pick([4, 40], 'spread'), 'run', at) * minute +
      chance.between(0, 59, 'second', at) * 1000 +
      137 * (at + 1),
    request: drawRequest(
      chance,
      at,
      kind,
      media.map(({ key }) => key),
    ),
  }));
  return {
    ...{ seed, chance, media, runs },
    hands: chance.happens(0.25, 'hands') ? drawHands(chance, runs) : [],
    foreignInputs: chance.happens(0.2, 'foreignInput') ? [drawForeignInput(chance)] : [],
    changes: chance.happens(0.15, 'change') ? [drawChange(chance, media)] : [],
    rates: drawRates(chance, kind),
    events: chance.pick([{}, {}, { lose: 1 }, { lose: 3, double: 2 }, { double: 1 }], 'events'),
    outlivesParent: chance.happens(0.3, 'outlives parent'),
    scenario: (jobName) => drawScenario(chance, kind, jobName),
  };
}

/** Most are small. In a queue, jobs follow each other at the root while those before them write late. */
export type Kind = 'usual' | 'queue' | 'large';

function drawKind(chance: Chance): Kind {
  const kind = chance.number('kind');
  return kind < 0.01 ? 'large' : kind < 0.06 ? 'queue' : 'usual';
}

/** Names that Bedrock takes, and such as it refuses. */
const folders = [
  'proxies/',
  'proxies/',
  'source_files/',
  'source_files/',
  'proxies/day 1, take=2/',
  'proxies/+100% ü🎬/',
] as const;

function drawMedia(chance: Chance, kind: Kind): Draws['media'] {
  const [least = 1, most = 1] = {
    usual: [1, chance.pick([6, 6, 14], 'size')],
    queue: [14, 20],
    large: [100, chance.pick([400, 400, 1_666], 'large size')],
  }[kind];
  const count = chance.between(least, most, 'media');
  const hasOddNames = chance.happens(0.3, 'odd names');
  return Array.from({ length: count }, (_, number) => {
    // Few contents where there are many media, because looking into each takes a while.
    const content = number % 200;
    const folder = folders[chance.between(0, hasOddNames ? 5 : 3, 'folder', number)] ?? folders[0];
    return { key: `${folder}${String(number).padStart(4, '0')}${contentOf(content).extension}`, content };
  });
}

function drawHands(chance: Chance, runs: Draws['runs']): Draws['hands'] {
  const { name: run, atMs: began } = chance.pick([runs[0], ...runs], 'hand on') ?? { name: '', atMs: 0 };
  const stopMs =
    began +
    chance.between(0, chance.pick([4, 20], 'soon'), 'stop at') * minute +
    chance.between(0, 59_999, 'stop at ms');
  const redriveMs = stopMs + chance.between(0, 60, 'redrive at') * minute + 311;
  const hands: Draws['hands'] = [];
  if (chance.happens(0.7, 'stop')) hands.push({ run, does: 'stop', atMs: stopMs });
  if (chance.happens(0.5, 'redrive')) hands.push({ run, does: 'redrive', atMs: redriveMs });
  return hands;
}

function drawForeignInput(chance: Chance): Draws['foreignInputs'][number] {
  const atMs = chance.between(0, 60, 'foreignInput at') * minute + 511;
  const like = 'batch_input_media-0000000000-1.jsonl';
  const staysMs = chance.between(1, 120, 'foreignInput stays') * minute;
  const key = chance.pick(['export.jsonl', 'proxies/list.jsonl', like, like], 'foreignInput key');
  const removedMs = chance.happens(0.7, 'foreignInput leaves') ? atMs + staysMs : undefined;
  return { key, records: chance.between(1, 10, 'foreignInput records'), atMs, removedMs };
}

function drawChange(chance: Chance, media: Draws['media']): Draws['changes'][number] {
  const { key = '', content = 0 } = media[chance.between(0, media.length - 1, 'changed')] ?? {};
  const atMs = chance.between(0, 60, 'change at') * minute + 733;
  // The next content of the same format.
  return { key, atMs, content: chance.happens(0.5, 'overwrite') ? content + 4_000 : undefined };
}

function drawRates(chance: Chance, kind: Kind): FaultRates {
  if (kind === 'queue') return { ...quiet, input: 0.7 };
  if (kind === 'large' || chance.happens(0.2, 'quiet')) return quiet;
  return {
    call: chance.pick([0, 0.005, 0.02, 0.06], 'call rate'),
    stuckCall: chance.pick([0, 0.001, 0.005], 'stuck rate'),
    invocation: chance.pick([0, 0.02, 0.08], 'invocation rate'),
    create: chance.pick([0, 0, 0.2, 0.5], 'create rate'),
    input: chance.pick([0, 0, 0.2, 0.5], 'input rate'),
  };
}

function drawScenario(chance: Chance, kind: Kind, jobName: string): JobScenario {
  const of = (what: string) => ['job', jobName, what];
  const seconds = (most: number, what: string) => chance.between(1, most, ...of(what));
  // Those that last until the timeout of a day take as long here as ten others: they are the rarest.
  const isLong = chance.happens(0.08, ...of('is long'));
  const ends = isLong ? (['PartiallyCompleted', 'Expired'] as const) : (['Failed', 'Stopped'] as const);
  const faults = ['fail', 'missing', 'double', 'foreign', 'truncate', 'notJson'] as const;
  const every = chance.between(1, 12, ...of('every'));
  const retryable = chance.happens(0.5, ...of('retryable'));
  const error = { errorCode: retryable ? 500 : 400, retryable };
  return {
    submitted: kind === 'queue' ? 240 : seconds(40, 'submitted'),
    validating: seconds(40, 'validating'),
    scheduled: seconds(chance.pick([5, 60, 240], ...of('long scheduled')), 'scheduled'),
    // At once, or long enough to be looked at.
    inProgress: seconds(chance.pick([5, 5, 60, 300], ...of('long in progress')), 'in progress'),
    perRecord: 0,
    end: chance.happens(0.85, ...of('ends well')) ? 'Completed' : chance.pick(ends, ...of('end')),
    records: chance.happens(0.4, ...of('faults'))
      ? [{ every, does: chance.pick(faults, ...of('does')), ...error }]
      : [],
  };
}
