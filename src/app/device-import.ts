import {
  checkDeviceId,
  type Device,
  type DevicePatch,
  patchDevice,
  registerDevice,
} from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { joinMatching } from './membership.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredDevice } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** A row that could be read, or why it could not. Rows count from 1; without an id one is made up. */
export type ImportRow = { readonly row: number; readonly id: string | null } & (
  | { readonly patch: DevicePatch }
  | { readonly refusal: Refusal }
);

export type ImportOptions = {
  /** `create` refuses rows for devices that exist. */
  readonly mode: 'upsert' | 'create';
  /** Checks and counts, writes nothing. */
  readonly dryRun: boolean;
};

export type ImportError = { readonly row: number; readonly id: string | null; readonly refusal: Refusal };

/** How many rows did what, and the first thousand that could not. */
export type ImportReport = {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly errors: readonly ImportError[];
};

const BATCH = 1_000;
export const IMPORT_ERRORS_KEPT = 1_000;

type Outcome = 'created' | 'changed' | 'unchanged';

/** One import under way. */
type Run = {
  readonly deps: Deps;
  readonly caller: Caller;
  readonly options: ImportOptions;
  readonly now: Instant;
  readonly counts: { created: number; changed: number; unchanged: number; failed: number };
  readonly errors: ImportError[];
  /** What a dry run would have created by now. */
  readonly pretended: Set<string>;
};

/** A row for a device whose id is well formed. */
type Asked = { readonly row: number; readonly id: string; readonly patch: DevicePatch };

/** What the rows for one device amount to: its state before, after, and what each row did. */
type Plan = {
  readonly was: StoredDevice | undefined;
  readonly value: Device;
  readonly rows: readonly { readonly asked: Asked; readonly outcome: Outcome }[];
};

/**
 * Registers and patches devices row by row; each stands or falls alone. Rows are saved a thousand at a time as
 * they come, so memory does not grow with their number. A later row sees the device as an earlier one left it.
 * When `rows` throws, so does this, and the batches before it stay saved.
 */
export const importDevices = async (
  deps: Deps,
  caller: Caller,
  rows: AsyncIterable<ImportRow>,
  options: ImportOptions,
): Promise<ImportReport> => {
  const counts = { created: 0, changed: 0, unchanged: 0, failed: 0 };
  const run: Run = { deps, caller, options, now: deps.clock(), counts, errors: [], pretended: new Set() };
  let batch: ImportRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    await settle(run, batch);
    batch = [];
  }
  await settle(run, batch);
  return { ...counts, errors: run.errors };
};

const settle = async (run: Run, batch: readonly ImportRow[]): Promise<void> => {
  const failures: ImportError[] = [];
  const asked = batch.map((row) => check(run, row, failures)).filter((row) => row !== undefined);
  const conflicts = await attempt(run, asked, failures);
  for (const { row, id } of await attempt(run, conflicts, failures)) {
    failures.push({ row, id, refusal: { code: 'changed-meanwhile', entity: 'device', id } });
  }
  run.counts.failed += failures.length;
  failures.sort((a, b) => a.row - b.row);
  run.errors.push(...failures.slice(0, IMPORT_ERRORS_KEPT - run.errors.length));
};

const check = (run: Run, row: ImportRow, failures: ImportError[]): Asked | undefined => {
  const { id } = row;
  const checked =
    'refusal' in row ? refused(row.refusal) : checkDeviceId(id === null ? run.deps.ids.uuid() : id);
  if ('patch' in row && checked.ok) return { row: row.row, id: checked.value, patch: row.patch };
  if (!checked.ok) failures.push({ row: row.row, id, refusal: checked.refusal });
  return undefined;
};

/** Decides the rows on what is stored now and saves the outcome; answers those whose device changed meanwhile. */
const attempt = async (
  run: Run,
  asked: readonly Asked[],
  failures: ImportError[],
): Promise<readonly Asked[]> => {
  if (asked.length === 0) return [];
  const plans = await decide(run, asked, failures);
  const left = new Set(run.options.dryRun ? pretend(run, plans) : await write(run, plans));
  const conflicts: Asked[] = [];
  for (const [id, { rows }] of plans) {
    if (left.has(id)) conflicts.push(...rows.map(({ asked }) => asked));
    else for (const { outcome } of rows) run.counts[outcome] += 1;
  }
  return conflicts;
};

const write = async (
  { deps, caller, now }: Run,
  plans: ReadonlyMap<string, Plan>,
): Promise<readonly string[]> => {
  const writes = plans.values().filter(({ was, value }) => was !== value);
  const rows = writes.map(({ was, value }) => (was === undefined ? { value } : { was, value })).toArray();
  if (rows.length === 0) return [];
  const left = await deps.store.devices.saveMany(caller.account.key, rows, { actor: caller.actor, now });
  const saved = rows.map(({ value }) => value.id).filter((id) => !left.includes(id));
  await joinMatching(deps, caller, saved);
  return left;
};

const pretend = ({ pretended }: Run, plans: ReadonlyMap<string, Plan>): readonly string[] => {
  for (const [id, { was }] of plans) if (was === undefined) pretended.add(id);
  return [];
};

const decide = async (
  run: Run,
  asked: readonly Asked[],
  failures: ImportError[],
): Promise<ReadonlyMap<string, Plan>> => {
  const ids = [...new Set(asked.map(({ id }) => id))];
  const stored = await run.deps.store.devices.findMany(run.caller.account.key, ids);
  const plans = new Map<string, Plan>(stored.map((was) => [was.id, { was, value: was, rows: [] }]));
  for (const row of asked) {
    const plan = plans.get(row.id) ?? pretendedPlan(run, row.id);
    const next = plan === undefined ? create(run, row) : change(run, plan, row);
    if ('code' in next) failures.push({ row: row.row, id: row.id, refusal: next });
    else plans.set(row.id, next);
  }
  return plans;
};

/** What a dry run created in an earlier batch exists, though it was not kept how. */
const pretendedPlan = ({ pretended, now }: Run, id: string): Plan | undefined => {
  const bare = pretended.has(id) ? registerDevice(id, {}, now) : undefined;
  return bare?.ok ? { was: undefined, value: bare.value, rows: [] } : undefined;
};

const create = ({ now }: Run, asked: Asked): Plan | Refusal => {
  const device = registerDevice(asked.id, asked.patch, now);
  if (!device.ok) return device.refusal;
  return { was: undefined, value: device.value, rows: [{ asked, outcome: 'created' }] };
};

const change = ({ options, caller }: Run, plan: Plan, asked: Asked): Plan | Refusal => {
  if (options.mode === 'create') return { code: 'already-exists', entity: 'device', id: asked.id };
  const patched = patchDevice(plan.value, asked.patch);
  if (!patched.ok) return patched.refusal;
  const { value } = patched;
  if (value === plan.value) return { ...plan, rows: [...plan.rows, { asked, outcome: 'unchanged' }] };
  if (!caller.permissions.has('Edit Device')) return { code: 'forbidden', permission: 'Edit Device' };
  return { ...plan, value, rows: [...plan.rows, { asked, outcome: 'changed' }] };
};
