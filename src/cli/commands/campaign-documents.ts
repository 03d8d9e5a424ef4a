import type { Command } from 'commander';
import type { Io } from '../io.ts';

/** Campaigns as documents: `plan`, `apply`, `export` and `validate`. */
export const registerDocuments = (_campaign: Command, _io: Io): void => undefined;
