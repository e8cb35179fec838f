import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/support/synthesized-stack.ts'],
    include: ['test/**/*.test.ts'],
    // No test depends on a time limit to pass: this one only ends a test that hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      include: ['lambdas/**/*.ts'],
      thresholds: { statements: 90, branches: 85, functions: 90, lines: 90 },
    },
  },
});
