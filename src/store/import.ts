import type { Store } from '../app/ports.ts';
import type { StoredDevice } from '../app/records.ts';
import type { Device } from '../domain/device.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Database, Db } from './db.ts';
import { insertDevices, type Replacement, replaceDevices } from './queries/devices.ts';
import { appendEvents } from './queries/events.ts';

/** Rows in one statement: more would hold the event loop for longer than a poll may wait. */
const PIECE = 1_000;

type SaveMany = Store['devices']['saveMany'];
type Row = { readonly was?: StoredDevice; readonly value: Device };
type Saved = { readonly created: number; readonly changed: number; readonly left: readonly string[] };

/** Inserts and replaces devices as `Store.devices.saveMany` says. */
export const saveManyDevices = (
  database: Database,
  ...[account, rows, { actor, now }]: Parameters<SaveMany>
): Promise<readonly string[]> =>
  database.write(async (db) => {
    let [created, changed] = [0, 0];
    const left: string[] = [];
    for (let start = 0; start < rows.length; start += PIECE) {
      const saved = await savePiece(db, account, rows.slice(start, start + PIECE));
      created += saved.created;
      changed += saved.changed;
      left.push(...saved.left);
      await new Promise(setImmediate);
    }
    if (created + changed === 0) return left;
    const body = { type: 'devices-imported', created, changed } as const;
    await appendEvents(db, [{ account, event: { at: now, actor, campaign: null, device: null, body } }]);
    return left;
  });

const isReplacement = (row: Row): row is Replacement => row.was !== undefined;

const savePiece = async (db: Db, account: AccountKey, rows: readonly Row[]): Promise<Saved> => {
  const { once, repeats } = apartFromRepeats(rows);
  const replacements = once.filter(isReplacement);
  const inserts = once.filter((row) => !isReplacement(row)).map(({ value }) => value);
  const inserted = await insertDevices(db, account, inserts);
  const replaced = await replaceDevices(db, account, replacements);
  const saved = new Set([...inserted, ...replaced]);
  const missing = once.map(({ value }) => value.id).filter((id) => !saved.has(id));
  return { created: inserted.length, changed: replaced.length, left: [...missing, ...repeats] };
};

/** A second row for an id that the same piece has already exists, or was written meanwhile. */
const apartFromRepeats = (rows: readonly Row[]) => {
  const seen = new Set<string>();
  const once: Row[] = [];
  const repeats: string[] = [];
  for (const row of rows) {
    if (seen.has(row.value.id)) repeats.push(row.value.id);
    else once.push(row);
    seen.add(row.value.id);
  }
  return { once, repeats };
};
