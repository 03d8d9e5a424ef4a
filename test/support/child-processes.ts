import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The ids of the processes that a process has started and that are there, the oldest first; Linux only. */
export const childrenOf = ({ pid }: ChildProcess): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
