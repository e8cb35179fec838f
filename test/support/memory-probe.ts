import type { ProbeDependencies } from '../../lambdas/plan-run/estimate/probe-media.ts';
import type { MediaFacts } from '../../lambdas/shared/domain/model/tokens.ts';

/** Media that tell their length or size without being read: what a test says of keys, and nothing of all others. */
export function memoryProbe(factsOfKeys: Readonly<Record<string, MediaFacts>> = {}) {
  const asked: string[] = [];
  const probe: ProbeDependencies = {
    readRange: async ({ key }) => {
      asked.push(key);
      return undefined;
    },
    facts: {
      readFacts: async (media) =>
        media.map((each) => ('key' in each && typeof each.key === 'string' ? factsOfKeys[each.key] : undefined)),
      writeFacts: async () => {},
    },
  };
  return { ...probe, asked };
}
