import { existsSync, readFileSync } from 'node:fs';

/** The ids of the processes that a process has started and that are there, the oldest first; Linux only. */
export const childrenOf = (pid: number): readonly number[] => {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : [];
};
