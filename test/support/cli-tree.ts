import type { Command } from 'commander';
import { readCliEnv } from '../../src/cli/env.ts';
import { createProgram } from '../../src/cli/program.ts';

/** The command tree, to be looked at. */
export const cliProgram = (): Command =>
  createProgram({
    out: () => undefined,
    err: () => undefined,
    sink: () => process.stdout,
    stdin: process.stdin,
    env: readCliEnv({}),
    terminal: { out: false, err: false, columns: 80 },
    signal: new AbortController().signal,
    endWith: () => undefined,
  });

const namesOf = (command: Command, path: readonly string[]): readonly string[] =>
  command.commands.flatMap((one) => {
    const name = [...path, one.name()];
    return one.commands.length > 0 ? namesOf(one, name) : [name.join(' ')];
  });

/** Every command that does something, such as `device list`. */
export const commandNames: readonly string[] = namesOf(cliProgram(), []);
