import type { JobScenario } from '../../lib/local-aws/start.ts';

/** How the jobs of a run go, by the name of the run. */
export type ScenariosByRun = Record<string, (job: { attempt: number; number: number }) => JobScenario>;

/** The scenario of a job by the name that its run has in the request, its attempt and its number; else a good day. */
export function byRun(scenarios: ScenariosByRun): (job: { jobName: string }) => JobScenario {
  return ({ jobName }) => {
    const [, name = '', attempt = '1', number] = /^(.*)-[0-9a-f]{10}(?:-r(\d+))?-(\d+)$/.exec(jobName) ?? [];
    return scenarios[name]?.({ attempt: Number(attempt), number: Number(number) }) ?? {};
  };
}
