import { spawnSync } from 'node:child_process';

const NO_CURL = 'curl was not found';

/** Whether curl is here; throws where it is not and `CI=true`. */
export const hasCurl = (): boolean => {
  if (spawnSync('curl', ['--version']).error === undefined) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_CURL);
  console.warn(`${NO_CURL}: tests that need it are skipped`);
  return false;
};
