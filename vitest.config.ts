import { defineConfig } from 'vitest/config';
import { plainReporter } from './test/support/plain-reporter.ts';

/** Tests that start servers, databases and browsers: they are given time, since others run beside them. */
const system = {
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/** Tests that keep every processor busy by themselves. */
const endurance = ['test/endurance/**/*.test.ts', 'test/fuzz/**/*.test.ts', 'test/migrations/**/*.test.ts'];
/** Tests that look at how soon something is shown. */
const browser = ['test/console/**/*.test.ts'];

// A group begins when the one before is done, so that no browser waits for a server that is being killed.
export default defineConfig({
  test: {
    reporters: ['default', plainReporter()],
    projects: [
      {
        test: {
          name: 'pure',
          include: ['src/**/*.test.ts'],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...system,
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: [...endurance, ...browser],
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...system, name: 'browser', include: browser, sequence: { groupOrder: 1 } } },
      { test: { ...system, name: 'endurance', include: endurance, sequence: { groupOrder: 2 } } },
    ],
  },
});
