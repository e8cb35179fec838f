import type { InspectDependencies } from '../../lambdas/plan-run/inspect/inspect-media.ts';
import type { MediaHeader } from '../../lambdas/shared/domain/media/media-header.ts';

/** Headers that are known without a file: those that a test gives by their keys, and nothing of all others. */
export function memoryInspect(headers: Readonly<Record<string, MediaHeader>> = {}) {
  const asked: string[] = [];
  const inspect: InspectDependencies = {
    readRange: async ({ key }) => {
      asked.push(key);
      return undefined;
    },
    facts: {
      readFacts: async (media) =>
        media.map((each) => ('key' in each && typeof each.key === 'string' ? headers[each.key] : undefined)),
      writeFacts: async () => {},
    },
    headers: {
      read: async (file) => {
        await file.read({ offset: 0, bytes: 1 });
        return undefined;
      },
    },
  };
  return { ...inspect, asked };
}
