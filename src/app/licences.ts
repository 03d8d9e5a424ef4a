import type { Device } from '../domain/device.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Account } from './account-records.ts';
import type { Caller } from './caller.ts';
import { event, save } from './change.ts';
import type { Slice, Sliced } from './lists.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredDevice, StoredDocument } from './records.ts';
import type { Write } from './writes.ts';

export type LicenceDeps = { readonly store: Store; readonly clock: Clock };
export type Speaker = Pick<Caller, 'account' | 'actor'>;

/** The attribute that is a device's licence: the instant it was assigned, as ISO text. */
export const LICENSED_AT = 'thingspace.licensedAt';
/** The account's setting of how many there are; without it nobody counts, and each device passes for licensed. */
const QUOTA = 'thingspace.licenses';

/** How many licences an account has; `null` where they are not limited. */
export const licenceQuota = ({ settings }: Pick<Account, 'settings'>): number | null => {
  const text = settings[QUOTA];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
};

/** When a device got its licence, as ISO text; `undefined` without one. */
export const licensedAt = ({ attributes }: Pick<Device, 'attributes'>): string | undefined => {
  const value = attributes[LICENSED_AT];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Whether a device may be updated as far as licences go. */
export const passesLicensing = (
  account: Pick<Account, 'settings'>,
  device: Pick<Device, 'attributes'>,
): boolean => licenceQuota(account) === null || licensedAt(device) !== undefined;

/** The devices that have a licence. */
export const licensedDevices: Expression = {
  type: 'exists',
  field: { kind: 'attribute', name: LICENSED_AT },
};

export const countLicences = (
  { store }: Pick<LicenceDeps, 'store'>,
  { account }: Pick<Caller, 'account'>,
): Promise<number> => store.devices.count(account.key, licensedDevices);

/** Licensed devices by their place, in the order in which they were made known. */
export const sliceLicensed = (
  { store }: Pick<LicenceDeps, 'store'>,
  { account }: Pick<Caller, 'account'>,
  { skip, limit }: Pick<Slice, 'skip' | 'limit'>,
): Promise<Sliced<StoredDevice>> =>
  store.devices.slice(account.key, licensedDevices, { skip, limit, by: 'created', descending: false });

/** What came of the licence of one device. */
export type LicenceResult =
  | 'assigned'
  | 'had-one'
  | 'none-left'
  | 'removed'
  | 'had-none'
  | 'used'
  | 'in-progress'
  | 'unknown-device';
export type LicenceOutcome = { readonly deviceId: string; readonly result: LicenceResult };

/** What is to become of the licences of some devices; `licence: undefined` leaves one as it is. */
export type LicenceDecision = {
  readonly result: LicenceResult;
  readonly licence?: string | null;
};
/** Decides device by device; `used` and the quota are those of this moment. */
export type Deciding = (used: number) => (device: StoredDevice) => Promise<LicenceDecision>;

const PIECE = 500;

/** Two who change licences at once would both count the same free ones: each writes this record with its change. */
const LEDGER = { kind: 'thingspace/licence-ledger', id: 'ledger', name: '' } as const;

const claim = (was: StoredDocument | undefined, now: number): Write => ({
  save: 'document',
  value: was ?? { ...LEDGER, body: {}, createdBy: 'server', createdAt: now },
  ...(was !== undefined && { was }),
});

const withLicence = (was: StoredDevice, licence: string | null): Device => {
  const { [LICENSED_AT]: _, ...others } = was.attributes;
  const attributes = licence === null ? others : { ...others, [LICENSED_AT]: licence };
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...was, attributes: Object.fromEntries(sorted) };
};

const changePiece = async (
  { store, clock }: LicenceDeps,
  { account, actor }: Speaker,
  ids: readonly string[],
  deciding: Deciding,
): Promise<Result<readonly LicenceOutcome[], Refusal>> =>
  save<readonly LicenceOutcome[]>(store, { entity: 'account', id: account.id }, async () => {
    const ledger = await store.documents.find(account.key, LEDGER.kind, LEDGER.id);
    const [used, found] = await Promise.all([
      countLicences({ store }, { account }),
      store.devices.findMany(account.key, ids),
    ]);
    const devices = new Map(found.map((device) => [device.id, device]));
    const decide = deciding(used);
    const by = { actor, at: clock() };
    const outcomes: LicenceOutcome[] = [];
    const changed: { readonly was: StoredDevice; readonly value: Device }[] = [];
    for (const deviceId of ids) {
      const was = devices.get(deviceId);
      const { result, licence } = was === undefined ? unknown : await decide(was);
      outcomes.push({ deviceId, result });
      if (was !== undefined && licence !== undefined) changed.push({ was, value: withLicence(was, licence) });
    }
    if (changed.length === 0) return ok({ change: nothing, value: outcomes });
    return ok({
      change: {
        account: account.key,
        writes: [claim(ledger, by.at), ...changed.map((device): Write => ({ save: 'device', ...device }))],
        events: changed.map(({ was }) =>
          event({ type: 'device-changed', fields: ['attributes'] }, by, { device: was.key }),
        ),
      },
      value: outcomes,
    });
  });

const unknown: LicenceDecision = { result: 'unknown-device' };
const nothing = { account: null, writes: [], events: [] } as const;

/** Changes licences piece by piece, each device once; what was done before a piece fails stays done. */
export const changeLicences = async (
  deps: LicenceDeps,
  speaker: Speaker,
  deviceIds: readonly string[],
  deciding: Deciding,
): Promise<Result<readonly LicenceOutcome[], Refusal>> => {
  const ids = [...new Set(deviceIds)];
  const outcomes: LicenceOutcome[] = [];
  for (let at = 0; at < ids.length; at += PIECE) {
    const piece = ids.slice(at, at + PIECE);
    let done = await changePiece(deps, speaker, piece, deciding);
    // The first two of an account may both make its ledger; the later one finds it now.
    if (!done.ok && done.refusal.code === 'already-exists') {
      done = await changePiece(deps, speaker, piece, deciding);
    }
    if (!done.ok) return done;
    outcomes.push(...done.value);
  }
  return ok(outcomes);
};

/** Gives devices a licence each for as long as there are any. A repeat changes nothing. */
export const assignLicences = (
  deps: LicenceDeps,
  speaker: Speaker,
  deviceIds: readonly string[],
): Promise<Result<readonly LicenceOutcome[], Refusal>> => {
  const quota = licenceQuota(speaker.account) ?? Number.POSITIVE_INFINITY;
  const licence = new Date(deps.clock()).toISOString();
  return changeLicences(deps, speaker, deviceIds, (used) => {
    let left = quota - used;
    return async (device) => {
      if (licensedAt(device) !== undefined) return { result: 'had-one' };
      if (left <= 0) return { result: 'none-left' };
      left -= 1;
      return { result: 'assigned', licence };
    };
  });
};
