import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const PROGRAM = '/usr/bin/strace';

/** Why tests that look at system calls are skipped. */
export const NO_STRACE = 'strace was not found; install it';

/** The program, or undefined where it is not there or may not trace; throws where `CI=true`. */
export const findStrace = (): string | undefined => {
  const found = existsSync(PROGRAM) && mayTrace() ? PROGRAM : undefined;
  if (found === undefined && process.env['CI'] === 'true') throw new Error(NO_STRACE);
  return found;
};

const mayTrace = (): boolean => {
  try {
    execFileSync(PROGRAM, ['-o', '/dev/null', '/bin/true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Makes a named pipe. */
export const makePipe = async (path: string): Promise<void> => {
  await promisify(execFile)('mkfifo', [path]);
};
