import { measureRun } from '../cost/measure-run.ts';

const hours = 24;

/** What a run of so many media with a job of a day takes on AWS beside tokens. */
export async function measureDayLongJob(media: number) {
  const { polls, transitions, historyEvents, usd } = await measureRun(media, hours);
  const of = `a job of ${hours} h, ${media} media`;
  return [
    { what: `${of}: polls`, found: polls, unit: '', limit: 200 },
    { what: `${of}: state transitions`, found: transitions, unit: '' },
    { what: `${of}: events of the longest history`, found: historyEvents, unit: '' },
    { what: `${of}: cost besides tokens per 1,000 media`, found: (usd / media) * 1000, unit: 'USD' },
  ];
}
