import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * No test depends on a time limit to pass: this one only ends a test that hangs. It is longer than the timeout of any
 * function (15 minutes), which counts real time too and says which function hung.
 */
const hangMs = 20 * 60_000;

export default defineConfig({
  test: {
    // Synthesizes and bundles the stack once, for every test that deploys it to the local AWS.
    globalSetup: ['test/support/synthesized-stack.ts'],
    // Vitest leaves one of two cores idle; beyond two, half of them are for the processes of the functions.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    testTimeout: hangMs,
    hookTimeout: hangMs,
    expect: { poll: { timeout: hangMs } },
    coverage: {
      include: ['lambdas/**/*.ts'],
      thresholds: { statements: 90, branches: 85, functions: 90, lines: 90 },
    },
    projects: [
      // The steps have no state outside of what a test gives them, so their files may share a process.
      {
        extends: true,
        test: {
          name: 'steps',
          include: ['test/lambdas/**/*.test.ts'],
          exclude: ['**/*.long.test.ts'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'rest',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/lambdas/**',
            'test/end-to-end/**',
            'test/permissions/**',
            'test/docs/**',
            'test/browser/**',
            '**/*.long.test.ts',
          ],
          // Loading the CDK and the SDK anew for each file takes longer than most of them.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      // Each test has a stack of its own, and the functions that a file has loaded serve the next one.
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: ['test/end-to-end/*.test.ts'],
          exclude: ['test/end-to-end/*.long.test.ts'],
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      // Days, crashes, deploys, alarms, whole processes, and 100,000 answers: as many minutes as all others; `npm run
      // test:all`, as CI does.
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/**/*.long.test.ts'],
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      // What the documentation tells people to type; `npm run test:docs`, because other people's commands are slow to
      // start.
      {
        extends: true,
        test: { name: 'docs', include: ['test/docs/*.test.ts'], sequence: { groupOrder: 1 } },
      },
      // The report's page; `npm run test:browser`, because not everybody has Chromium.
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/*.test.ts'],
          // Two browsers at once gain nothing on two cores.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      // After all others: it looks at what they have used.
      {
        extends: true,
        test: { name: 'permissions', include: ['test/permissions/*.test.ts'], sequence: { groupOrder: 2 } },
      },
    ],
  },
});
