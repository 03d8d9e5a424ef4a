import { init } from './0001-init.ts';
import { eventPartitions } from './0002-event-partitions.ts';
import { severalProcesses } from './0003-several-processes.ts';
import type { Migration } from './migration.ts';

/** All of them, in order. */
export const migrations: readonly Migration[] = [init, eventPartitions, severalProcesses];
