import { launch } from '../support/muster-process.ts';
import type { Problems } from './invariants.ts';
import type { Place } from './place.ts';

/** What the doctor calls a problem of a place where no server runs, having read all of it. */
export const consult = async ({ env }: Place): Promise<Problems> => {
  const { exit, out, err } = launch('server/doctor.ts', ['--deep'], env);
  await exit;
  const { result } = JSON.parse(out() || `{"error":${JSON.stringify(err())}}`);
  if (!Array.isArray(result)) return [`the doctor failed: ${out()}${err()}`];
  // The clock is the machine's and may be set at any moment; nothing that was kept is worse for it.
  return result
    .filter(({ level, check }) => level === 'problem' && check !== 'clock')
    .map(({ check, found }) => `${check}: ${found}`);
};
