import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { restoreBackup } from '../../src/server/backup/restore.ts';
import { configFromEnv } from '../../src/server/config.ts';
import { createContext } from '../../src/server/context.ts';
import { newWorld } from '../contract/store/world.ts';
import { saveTo } from './backup-file.ts';
import { peakMemory } from './peak-memory.ts';

/*
 * Run as a process of its own with a directory and a size in MiB: puts packages of that size into a server there, saves
 * it as `backup.tar`; or, with a third argument, restores that file beside it. Prints the peak of memory in MiB and how
 * long it took in milliseconds, as JSON.
 */

const MIB = 1024 ** 2;
/** Of each package, in MiB. */
const PACKAGE = 512;

async function* noise(mebibytes: number, seed: number): AsyncGenerator<Uint8Array> {
  let block = createHash('sha512').update(`${seed}`).digest();
  for (let done = 0; done < mebibytes; done += 1) {
    const piece = Buffer.alloc(MIB);
    for (let at = 0; at < MIB; at += 64 * 1024) {
      block = createHash('sha512').update(block).digest();
      piece.fill(block, at, at + 64 * 1024);
    }
    yield piece;
  }
}

const configOf = (data: string) => configFromEnv({ variables: { MUSTER_DATA: data }, unknown: [] } as never);

const save = async (directory: string, mebibytes: number): Promise<void> => {
  const context = await createContext(configOf(join(directory, 'data')));
  const world = await newWorld(context.store);
  for (let left = mebibytes; left > 0; left -= PACKAGE) {
    const put = await context.blobs.put(noise(Math.min(PACKAGE, left), left), Number.POSITIVE_INFINITY);
    if (!put.ok) throw new Error(put.refusal.code);
    await world.addPackage({ digests: put.value });
  }
  await saveTo(join(directory, 'backup.tar'), context.backups.write({ withKey: true }));
  await context.dispose();
};

const restore = async (directory: string): Promise<void> => {
  const { summary } = await restoreBackup({
    file: join(directory, 'backup.tar'),
    config: configOf(join(directory, 'restored')),
    tell: () => undefined,
  });
  if (summary.missing.length > 0) throw new Error('bytes are missing');
};

const [directory = '', mebibytes = '', restores] = process.argv.slice(2);
const begun = performance.now();
await (restores === undefined ? save(directory, Number(mebibytes)) : restore(directory));
const took = Math.round(performance.now() - begun);
console.log(JSON.stringify({ peak: Math.round(peakMemory()), took }));
process.exit();
