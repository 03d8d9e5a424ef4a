import { defineConfig } from 'vitest/config';
import { plainReporter } from './test/support/plain-reporter.ts';

export default defineConfig({
  test: {
    reporters: ['default', plainReporter()],
    projects: [
      { test: { name: 'pure', include: ['src/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
