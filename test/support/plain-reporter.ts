import { writeSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule } from 'vitest/node';

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * Ends the output with a line for each failed test, and with `N passed, N failed, N skipped`. A file that cannot be
 * loaded, a failed hook and an unhandled error each count as one failure, and a run without tests fails.
 */
export const plainReporter = (): Reporter => {
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 };
  let failures: readonly string[] = [];
  return {
    onInit: () => {
      // The last word is said at exit: other reporters, and errors while closing, come after the run's end.
      process.once('exit', () => {
        for (const failure of failures) writeSync(1, `\nfailed: ${failure}`);
        writeSync(1, `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
      });
    },
    onTestRunEnd: (modules, unhandledErrors) => {
      counts = count(modules, unhandledErrors.length);
      failures = [...modules.flatMap(failuresIn), ...unhandledErrors.map(gistOf)];
      if (counts.failed > 0) process.exitCode = 1;
    },
  };
};

const LONGEST_GIST = 700;

/** What went wrong, in a line. */
const gistOf = ({ message = '', diff = '' }: { readonly message?: string; readonly diff?: string }): string =>
  stripVTControlCharacters(`${message} ${diff}`).replaceAll(/\s+/g, ' ').slice(0, LONGEST_GIST);

const failuresIn = (module: TestModule): readonly string[] => {
  const tests = [...module.children.allTests('failed')].map((test) => ({
    name: `${module.relativeModuleId} > ${test.fullName}`,
    errors: test.result().errors ?? [],
  }));
  const suites = [module, ...module.children.allSuites()].map((suite) => ({
    name: module.relativeModuleId,
    errors: suite.errors(),
  }));
  return [...tests, ...suites].flatMap(({ name, errors }) =>
    errors.map((error) => `${name}: ${gistOf(error)}`),
  );
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
