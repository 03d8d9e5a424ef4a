import { writeSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * Ends the output with `N passed, N failed, N skipped`. A file that cannot be loaded, a failed hook and an
 * unhandled error each count as one failure, and a run without tests fails.
 */
export const plainReporter = (): Reporter => {
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 };
  return {
    onInit: () => {
      // The last word is said at exit: other reporters, and errors while closing, come after the run's end.
      process.once('exit', () => {
        writeSync(1, `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
      });
    },
    onTestRunEnd: (modules, unhandledErrors) => {
      counts = count(modules, unhandledErrors.length);
      if (counts.failed > 0) process.exitCode = 1;
    },
  };
};

const count = (modules: readonly TestModule[], unhandledErrors: number): Counts => {
  const states = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => test.result().state),
  );
  const of = (...wanted: readonly string[]) => states.filter((state) => wanted.includes(state)).length;
  const passed = of('passed');
  const failed = of('failed', 'pending') + brokenSuites(modules) + unhandledErrors;
  return { passed, failed: passed + failed === 0 ? 1 : failed, skipped: of('skipped') };
};

/** Files and suites with errors of their own, beside those of their tests. */
const brokenSuites = (modules: readonly TestModule[]): number =>
  modules
    .flatMap((module) => [module, ...module.children.allSuites()])
    .filter((suite) => suite.errors().length > 0).length;
