import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBackup } from '../../src/server/backup/restore.ts';
import { configFromEnv } from '../../src/server/config.ts';
import { readEnv } from '../../src/server/env.ts';

/*
 * Run as a process of its own with a backup and the name of a moment: restores it to where the environment says, and kills
 * itself the way `kill -9` does as soon as it is so far. Looks between any two steps of the restore.
 */

/** How far a restore is, by what it has left on the disk. */
const moments: Readonly<Record<string, (data: string) => boolean>> = {
  'it has begun': (data) => existsSync(join(data, 'restore.unfinished')),
  'packages come': (data) => {
    const incoming = join(data, 'packages', 'arriving');
    return existsSync(incoming) && readdirSync(incoming).length > 0;
  },
  'the key is there': (data) => existsSync(join(data, 'secrets.key')),
};

const [file = '', moment = ''] = process.argv.slice(2);
const isThere = moments[moment];
if (isThere === undefined) throw new Error(`there is no moment "${moment}"`);
const config = configFromEnv(readEnv());
const look = (): void => {
  if (isThere(config.dataDirectory)) process.kill(process.pid, 'SIGKILL');
  setImmediate(look);
};
await restoreBackup({ file, config, tell: (step) => step === 'restoring' && look() });
process.exit();
