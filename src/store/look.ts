import type { PageRequest } from '../app/lists.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Db } from './db.ts';
import { countDevicesIn, devicesIn } from './queries/devices.ts';
import { deviceSpan, type Span } from './queries/members.ts';
import type { DeviceRow } from './tables.ts';

/** Spans of an account's devices after a key, none longer than the engine may look at in one go. */
async function* spans(db: Db, account: AccountKey, from: number): AsyncGenerator<Span> {
  let after: number | null = from;
  while (after !== null) {
    const span: Span | undefined = await deviceSpan(db, account, { after, limit: db.engine.longestLook });
    if (span === undefined) return;
    yield span;
    if (span.next !== null) await new Promise(setImmediate);
    after = span.next;
  }
}

/** Devices that match by key, one more than the limit. */
export const lookForDevices = async (
  db: Db,
  account: AccountKey,
  expression: Expression,
  { after, limit }: PageRequest,
): Promise<readonly DeviceRow[]> => {
  const found: DeviceRow[] = [];
  for await (const span of spans(db, account, after)) {
    found.push(...(await devicesIn(db, account, span, expression, limit + 1 - found.length)));
    if (found.length > limit) break;
  }
  return found;
};

/** How many devices match. */
export const countDevices = async (db: Db, account: AccountKey, expression: Expression): Promise<number> => {
  let count = 0;
  for await (const span of spans(db, account, 0)) {
    count += await countDevicesIn(db, account, span, expression);
  }
  return count;
};
