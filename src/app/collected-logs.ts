import type { Protocol } from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { DAY, type Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import { getDevice } from './devices.ts';
import type { Clock, Store } from './ports.ts';
import type { LogEntry, StoredDocument } from './records.ts';

type Reading = { readonly store: Store; readonly clock: Clock };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** From when until when somebody wanted the logs of a device. */
export type Collection = { readonly deviceId: string; readonly from: Instant; readonly until: Instant };

/** Devices at once, how long each, and how long what they said is there to be read (reference 3.9). */
const collecting = { devices: 20, lasts: 7 * DAY, kept: 30 * DAY } as const;

/** Those who tell us more than how far they are. */
const talkative: readonly Protocol[] = ['ddi', 'gateway'];

const DOCUMENT = { kind: 'thingspace/logging', id: 'devices', name: '' } as const;
/** Periods that are over stay until their logs are not shown any more, but no more of them than this. */
const MOST_KEPT = 1_000;

type Body = { readonly collections: readonly Collection[] };

// No other code writes this kind of document.
const collectionsIn = (document: StoredDocument | undefined): readonly Collection[] =>
  document === undefined ? [] : (document.body as Body).collections;

const find = ({ store }: Reading, { account }: Pick<Caller, 'account'>) =>
  store.documents.find(account.key, DOCUMENT.kind, DOCUMENT.id);

const isOn =
  (now: Instant) =>
  ({ until }: Collection): boolean =>
    until > now;

/** Of devices that are still there. */
const current = async (
  { store, clock }: Reading,
  { account }: Pick<Caller, 'account'>,
  all: readonly Collection[],
): Promise<readonly Collection[]> => {
  const on = all.filter(isOn(clock()));
  const ids = on.map(({ deviceId }) => deviceId);
  const known = new Set((await store.devices.findMany(account.key, ids)).map(({ id }) => id));
  return on.filter(({ deviceId }) => known.has(deviceId));
};

/** The devices whose logs are collected now. */
export const listCollections = async (
  deps: Reading,
  caller: Pick<Caller, 'account'>,
): Promise<readonly Collection[]> => current(deps, caller, collectionsIn(await find(deps, caller)));

/** Puts what `edit` makes of those that go on in their place; the others are kept while their logs are shown. */
const edit = async (
  deps: Reading,
  { account, actor }: Speaker,
  change: (on: readonly Collection[], now: Instant) => Result<readonly Collection[], Refusal>,
): Promise<Result<readonly Collection[], Refusal>> => {
  const { kind, id } = DOCUMENT;
  const saved = await save<readonly Collection[]>(deps.store, { entity: 'document', id }, async () => {
    const now = deps.clock();
    const was = await find(deps, { account });
    const all = collectionsIn(was);
    const on = await current(deps, { account }, all);
    const changed = change(on, now);
    if (!changed.ok) return changed;
    if (JSON.stringify(changed.value) === JSON.stringify(on))
      return ok({ change: { account: null, writes: [], events: [] }, value: on });
    const over = all.filter((one) => !isOn(now)(one) && one.until > now - collecting.kept);
    const collections = [...over, ...changed.value].slice(-MOST_KEPT);
    const made = was ?? { ...DOCUMENT, createdBy: 'server', createdAt: now };
    const value = { ...made, body: { collections } satisfies Body };
    return ok({
      change: {
        account: account.key,
        writes: [{ save: 'document', value, ...(was !== undefined && { was }) }],
        events: [event({ type: 'document-saved', kind, id }, { actor, at: now })],
      },
      value: changed.value.filter(isOn(now)),
    });
  });
  // Somebody else was the first: from now on there is one to read.
  const isMade = !saved.ok && saved.refusal.code === 'already-exists';
  return isMade ? edit(deps, { account, actor }, change) : saved;
};

/** The devices of these ids, all of which have to be there and of a protocol that has logs. */
const checkDevices = async (
  { store }: Reading,
  { account }: Speaker,
  ids: readonly string[],
): Promise<Result<undefined, Refusal>> => {
  const found = await store.devices.findMany(account.key, ids);
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined) return refused({ code: 'not-found', entity: 'device', id: missing });
  const silent = found.find(({ protocol }) => !talkative.includes(protocol));
  if (silent === undefined) return ok(undefined);
  const expected = `a device of the protocols ${talkative.join(', ')}`;
  return refused({ code: 'invalid', field: 'protocol', expected, got: `${silent.id} (${silent.protocol})` });
};

/**
 * Collects the logs of devices from now on, or goes on with it; all of them or, when one is unknown, has no logs or they
 * are too many (`too-large`), none.
 */
export const startCollecting = async (
  deps: Reading,
  speaker: Speaker,
  ids: readonly string[],
): Promise<Result<readonly Collection[], Refusal>> => {
  if (ids.length > collecting.devices) return refused({ code: 'too-large', limit: collecting.devices });
  const checked = await checkDevices(deps, speaker, ids);
  if (!checked.ok) return checked;
  const saved = await edit(deps, speaker, (on, now) => {
    const others = on.filter(({ deviceId }) => !ids.includes(deviceId));
    if (others.length + ids.length > collecting.devices)
      return refused({ code: 'too-large', limit: collecting.devices });
    const begun = new Map(on.map(({ deviceId, from }) => [deviceId, from]));
    const until = now + collecting.lasts;
    return ok([...others, ...ids.map((deviceId) => ({ deviceId, from: begun.get(deviceId) ?? now, until }))]);
  });
  return saved.ok ? ok(saved.value.filter(({ deviceId }) => ids.includes(deviceId))) : saved;
};

/** Collects the logs of devices no longer; those of which none are collected are passed over. */
export const stopCollecting = (
  deps: Reading,
  speaker: Speaker,
  ids: readonly string[],
): Promise<Result<readonly Collection[], Refusal>> =>
  edit(deps, speaker, (on, now) =>
    ok(on.map((one) => (ids.includes(one.deviceId) ? { ...one, until: now } : one))),
  );

const MOST_UPDATES = 1_000;
const MOST_SHOWN = 1_000;

/** What a device said of its updates while its logs were collected, the newest first. */
export const collectedLogs = async (
  deps: Reading,
  { account }: Pick<Caller, 'account'>,
  id: string,
): Promise<Result<readonly LogEntry[], Refusal>> => {
  const { store, clock } = deps;
  const device = await getDevice({ store }, { account }, id);
  if (!device.ok) return device;
  const { key } = device.value;
  const from = clock() - collecting.kept;
  const periods = collectionsIn(await find(deps, { account })).filter(
    ({ deviceId, until }) => deviceId === device.value.id && until > from,
  );
  if (periods.length === 0) return ok([]);
  const isWanted = ({ at }: LogEntry): boolean =>
    at >= from && periods.some((period) => period.from <= at && at <= period.until);
  const earliest = Math.max(from, Math.min(...periods.map((period) => period.from)));
  const updates = await store.updates.ofDevice(account.key, key, MOST_UPDATES);
  const logs = await Promise.all(
    updates
      .filter(({ heardAt }) => heardAt >= earliest)
      .map(({ campaign }) => store.updates.log(account.key, campaign, key)),
  );
  const entries = logs.flatMap((log) => log.entries.filter(isWanted)).sort((a, b) => b.at - a.at);
  return ok(entries.slice(0, MOST_SHOWN));
};
