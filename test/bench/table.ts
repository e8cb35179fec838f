import Table from 'cli-table3';
import * as z from 'zod';
import { usageSchema } from './processes.ts';

const times = usageSchema.omit({ maxRssKib: true });
const counts = z.record(z.string(), z.int());

/** All that a benchmark found, as it is written down. */
export const benchmarkSchema = z.object({
  machine: z.object({
    ...{ cpu: z.string(), cores: z.int(), memoryGib: z.number(), node: z.string(), date: z.string() },
    commit: z.string().optional(),
  }),
  steps: z.array(
    z.object({
      ...{ name: z.string(), floorIs: z.string(), limit: z.number().optional(), size: z.int(), repetitions: z.int() },
      ...{ step: times, floor: times, peakMib: z.number(), calls: counts, leastCalls: counts },
    }),
  ),
  coldStarts: z.array(z.object({ step: z.string(), bundleBytes: z.int(), ownMs: z.number(), floorMs: z.number() })),
  /** Further measured numbers, each with its limit if it has one. */
  others: z.array(z.object({ what: z.string(), found: z.number(), unit: z.string(), limit: z.number().optional() })),
});
export type Benchmark = z.infer<typeof benchmarkSchema>;

type Row = string[];
const head: Row = [
  'what',
  'size',
  'wall',
  'per second',
  '× floor: wall',
  'CPU',
  'to reach',
  'CPU per item',
  'peak memory',
];

const number = (value: number) => value.toLocaleString('en-US');
const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

function stepRows({ steps }: Benchmark): Row[] {
  return steps.map(({ name, size, step, floor, limit, peakMib }) => [
    ...[name, number(size), seconds(step.wallMs), number(Math.round((size / step.wallMs) * 1000))],
    ...[(step.wallMs / floor.wallMs).toFixed(2), (step.cpuMs / floor.cpuMs).toFixed(2)],
    ...[limit === undefined ? '' : `≤ ${limit}`, `${Math.round((step.cpuMs / size) * 1000)} µs`],
    `${Math.round(peakMib)} MiB`,
  ]);
}

const otherHead: Row = ['what', 'found', 'to reach'];

function otherRows({ coldStarts, others }: Benchmark, coldStart: { factor: number; bundleBytes: number }): Row[] {
  return [
    ...coldStarts.map(({ step, ownMs, floorMs, bundleBytes }) => [
      `cold start of ${step}`,
      `${Math.round(ownMs)} ms CPU, ${(ownMs / floorMs).toFixed(2)} × floor; bundle ${(bundleBytes / 1e6).toFixed(2)} MB`,
      `≤ ${coldStart.factor} ×; ≤ ${coldStart.bundleBytes / 1e6} MB`,
    ]),
    ...others.map(({ what, found, unit, limit }) => [
      what,
      `${Number(found.toPrecision(3))}${unit && ` ${unit}`}`,
      limit === undefined ? '' : `≤ ${limit}`,
    ]),
  ];
}

/** What a benchmark found, for people at a terminal. */
export function textOf(benchmark: Benchmark, coldStart: { factor: number; bundleBytes: number }): string {
  const tables = [
    { head, rows: stepRows(benchmark) },
    { head: otherHead, rows: otherRows(benchmark, coldStart) },
  ];
  return [
    machineLine(benchmark),
    ...tables.map(({ head, rows }) => {
      const table = new Table({ head, style: { head: [], border: [] } });
      table.push(...rows);
      return table.toString();
    }),
  ].join('\n');
}

/** The same for the README. */
export function markdownOf(benchmark: Benchmark, coldStart: { factor: number; bundleBytes: number }): string {
  const line = (cells: Row) => `| ${cells.join(' | ')} |`;
  const table = (names: Row, rows: Row[]) => [line(names), line(names.map(() => '---')), ...rows.map(line)].join('\n');
  return [
    machineLine(benchmark),
    table(head, stepRows(benchmark)),
    table(otherHead, otherRows(benchmark, coldStart)),
  ].join('\n\n');
}

function machineLine({ machine: { cpu, cores, memoryGib, node, date, commit } }: Benchmark): string {
  return `${date}${commit ? `, commit ${commit}` : ''}: ${cpu}, ${cores} cores, ${memoryGib} GiB, Node ${node}.`;
}
