import { afterEach } from 'vitest';

/** Counts the tests of this file that fail; those that fail only afterwards, in a hook, are not among them. */
export const countFailures = (): (() => number) => {
  let failed = 0;
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') failed += 1;
  });
  return () => failed;
};
