import { z } from 'zod';

const reportSchema = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
});
const refusalSchema = z.object({ message: z.string() });

/** What `npm audit --json` said, for a person, and whether it is to fail the check. */
export interface AuditVerdict {
  text: string;
  isBad: boolean;
}

/**
 * Judges a report of npm's: high and critical advisories are bad. A registry without advisories (a mirror, a proxy) or out of reach
 * is not, but it is said; what is no answer of npm's is bad.
 */
export function judgeAudit(output: string): AuditVerdict {
  const answer = readJson(output);
  const report = reportSchema.safeParse(answer).data;
  if (report !== undefined) {
    const bad = Object.entries(report.vulnerabilities)
      .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
      .map(([name, { severity, range }]) => `${name} ${range} (${severity})`);
    if (bad.length === 0) return { text: 'No advisory is high or critical.', isBad: false };
    const text = `Advisories are high or critical for ${bad.join(', ')}: update them ("npm audit" names the versions).`;
    return { text, isBad: true };
  }
  const refusal = refusalSchema.safeParse(answer).data;
  if (refusal === undefined) return { text: `npm audit gave no report: ${output.slice(0, 200)}`, isBad: true };
  return { text: `NOT CHECKED: the registry has no advisories for npm audit (${refusal.message}).`, isBad: false };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
