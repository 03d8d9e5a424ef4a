import type { Backups, Snapshots } from '../../app/backup-ports.ts';
import type { Blobs } from '../../app/blobs.ts';
import { nodeIds } from '../crypto.ts';
import { createSealing } from '../sealing.ts';
import { version } from '../version.ts';
import { FORMAT, FORMAT_VERSION, KEY_CHECK, keyCheckAbout } from './format.ts';
import { writeBackup } from './write.ts';

type Deps = {
  /** Those under which this server seals and opens. */
  readonly keys: () => readonly Uint8Array[];
  readonly blobs: Blobs;
  readonly snapshots: Snapshots;
};

/** A text under each key, by which whoever restores is told early that a key is another. */
const checksOf = (keys: readonly Uint8Array[], id: string): readonly string[] =>
  keys.map((key) => createSealing([key]).seal(KEY_CHECK, keyCheckAbout(id)));

/** The texts of the keys as a setting has them. */
const textOf = (keys: readonly Uint8Array[]): string => keys.map((key) => key.toBase64()).join(',');

/** Backups of this server. */
export const createBackups = ({ keys: keysNow, blobs, snapshots }: Deps): Backups => ({
  write: async function* ({ withKey }) {
    const keys = keysNow();
    const [id, now] = [nodeIds.uuid(), Date.now()];
    const snapshot = await snapshots.open();
    const manifest = {
      ...{ format: FORMAT, formatVersion: FORMAT_VERSION, id, createdAt: new Date(now).toISOString() },
      ...{ muster: version, engine: snapshot.engine, schema: snapshot.schema, withKey },
      ...{ keyChecks: checksOf(keys, id), tables: snapshot.tables },
    };
    yield* writeBackup({ snapshot, blobs, manifest, now, key: withKey ? textOf(keys) : undefined });
  },
});
