import type { Check, Evidence } from './checks.ts';
import type { Ran } from './ran.ts';
import type { Ask } from './runs.ts';

type Run = Ran & { ask: Ask };

/** 2. No (key, ETag, fingerprint) was run by Bedrock twice, unless a retry attempt says so. */
export const nothingRanTwice: Check = (evidence) => {
  const { runs, ran, asks } = evidence;
  const broken: string[] = [];
  for (const [recordId, times] of Map.groupBy(ran, (each) => each.recordId)) {
    if (times.length > 1 && asks.has(recordId))
      broken.push(`${recordId} ran in ${times.map(({ jobName }) => jobName).join(' and ')}`);
  }
  const earlier = new Set(
    runs.flatMap(({ ledger }) => ledger.flatMap((line) => line.earlier.map(({ recordId }) => recordId))),
  );
  const ours = ran.flatMap((each): Run[] => {
    const ask = asks.get(each.recordId);
    return ask ? [{ ...each, ask }] : [];
  });
  for (const [subject, times] of Map.groupBy(ours, ({ ask }) => `${ask.fingerprint} of ${ask.key} at ${ask.etag}`)) {
    for (const [runId, ofRun] of Map.groupBy(times, ({ ask }) => ask.runId)) {
      const last = new Set(ofRun.map(({ recordId }) => recordId)).difference(earlier);
      if (last.size > 1)
        broken.push(`${subject} ran as ${[...last].join(', ')} in ${runId}, and no retry attempt says so`);
    }
    broken.push(...acrossRuns(times, evidence).map((sentence) => `${subject} ${sentence}`));
  }
  return broken;
};

/**
 * What another run asks at the moment, or has an answer to, is not asked by one that wants only what is new. One that
 * does not want that takes claims over at any time, so that of the two only the one that began when the other's job was
 * there is judged.
 */
function acrossRuns(times: Run[], { draws, runs, startAt }: Evidence): string[] {
  const drawn = (runId: string) => draws.runs.find(({ name }) => name === runId);
  const wantsNew = (runId: string) => drawn(runId)?.request.media.newOnly === true;
  const isAnswer = ({ ask, recordId }: Run) =>
    runs.some(
      ({ runId, ledger }) =>
        runId === ask.runId && ledger.some((line) => line.recordId === recordId && line.outcome === 'succeeded'),
    );
  const [first, ...later] = times.toSorted((a, b) => a.submitTime - b.submitTime);
  if (!first || later.some(({ ask }) => ask.runId !== first.ask.runId && !wantsNew(ask.runId))) return [];
  return later.flatMap((run) => {
    const isOther = run.ask.runId !== first.ask.runId && run.ask.attempt === 1;
    const isAfter = wantsNew(first.ask.runId) || startAt + (drawn(run.ask.runId)?.atMs ?? 0) > first.submitTime;
    if (!isOther || !isAfter || !(isAnswer(first) || first.endTime > run.submitTime)) return [];
    return [`ran in ${first.ask.runId} and again in ${run.ask.runId}, which wants only what is new`];
  });
}
