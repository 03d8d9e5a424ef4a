import { patchDevice } from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { parseExpression } from '../domain/targeting.ts';
import type { Caller } from './caller.ts';
import type { Page } from './lists.ts';
import { joinMatching } from './membership.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredDevice } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** What becomes of the tags of devices: what is taken off and put on. */
export type TagChange = { readonly add: readonly string[]; readonly remove: readonly string[] };

/** These devices, or a piece of those that match, behind the one with the key `after`. */
export type Tagged =
  | { readonly deviceIds: readonly string[] }
  | { readonly expression: string; readonly after: number };

/** What came of a piece, and where the next one begins; `problem` is that of the first device that failed. */
export type TagReport = {
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly problem: Refusal | null;
  readonly next: number | null;
};

const PIECE = 2_000;
/** A device may be written by others between being read and being saved. */
const TRIES = 4;

/** Changes the tags of many devices, set-based. Unknown ids are `not-found`, and nothing is changed then. */
export const tagDevices = async (
  deps: Deps,
  caller: Caller,
  which: Tagged,
  change: TagChange,
): Promise<Result<TagReport, Refusal>> => {
  const wrong = misfit(change);
  if (wrong !== undefined) return refused(wrong);
  const piece = await pieceOf(deps, caller, which);
  if (!piece.ok) return piece;
  const { items, next } = piece.value;
  return ok({ ...(await tagAll(deps, caller, items, change)), next });
};

const misfit = ({ add, remove }: TagChange): Refusal | undefined => {
  if (add.length + remove.length === 0)
    return { code: 'invalid', field: 'add', expected: 'a tag to add or to remove', got: 'none' };
  const both = add.find((tag) => remove.includes(tag));
  if (both === undefined) return undefined;
  return { code: 'invalid', field: 'remove', expected: 'other tags than in add', got: JSON.stringify(both) };
};

const pieceOf = async (
  { store }: Deps,
  { account }: Caller,
  which: Tagged,
): Promise<Result<Page<StoredDevice>, Refusal>> => {
  if ('expression' in which) {
    const where = parseExpression(which.expression);
    if (!where.ok) return where;
    return ok(await store.devices.list(account.key, where.value, { after: which.after, limit: PIECE }));
  }
  const items = await store.devices.findMany(account.key, which.deviceIds);
  const known = new Set(items.map(({ id }) => id));
  const [id, ...others] = which.deviceIds.filter((one) => !known.has(one));
  if (id === undefined) return ok({ items, next: null });
  return refused({ code: 'not-found', entity: 'device', id, ...(others.length > 0 && { others }) });
};

const tagAll = async (
  { store, clock }: Deps,
  caller: Caller,
  devices: readonly StoredDevice[],
  { add, remove }: TagChange,
): Promise<Omit<TagReport, 'next'>> => {
  const account = caller.account.key;
  const report = { changed: 0, unchanged: 0, failed: 0, problem: null as Refusal | null };
  const fail = (problem: Refusal): void => {
    report.failed += 1;
    report.problem ??= problem;
  };
  let open = devices;
  for (let tries = 0; open.length > 0 && tries < TRIES; tries += 1) {
    const rows: { readonly was: StoredDevice; readonly value: StoredDevice }[] = [];
    for (const was of open) {
      const tags = [...was.tags.filter((tag) => !remove.includes(tag)), ...add];
      const patched = patchDevice(was, { tags });
      if (!patched.ok) fail(patched.refusal);
      else if (patched.value === was) report.unchanged += 1;
      else rows.push({ was, value: { ...was, ...patched.value } });
    }
    const by = { actor: caller.actor, now: clock() };
    const left = rows.length === 0 ? [] : await store.devices.saveMany(account, rows, by);
    const saved = rows.map(({ was }) => was.id).filter((id) => !left.includes(id));
    report.changed += saved.length;
    await joinMatching({ store, clock }, caller, saved);
    open = left.length === 0 ? [] : await store.devices.findMany(account, left);
  }
  for (const { id } of open) fail({ code: 'changed-meanwhile', entity: 'device', id });
  return report;
};
