import type { Store } from '../app/ports.ts';
import type { Change, Write } from '../app/writes.ts';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';

type NameOf<W> = W extends { readonly save: infer Name } | { readonly drop: infer Name } ? Name : never;

type Named = NameOf<Write>;
/** Records of one device alone. */
type OfDevice = 'update' | 'transfers' | 'device' | 'credential';

/** Whether any other record may concern the contacts of a whole account, or nobody's. */
const concerns = {
  account: 'account',
  campaign: 'account',
  package: 'account',
  document: 'account',
  // What a query finds comes into a campaign by writes of their own; so does what a job does.
  query: 'nobody',
  job: 'nobody',
  destination: 'nobody',
  subscription: 'nobody',
  user: 'nobody',
  role: 'nobody',
  membership: 'nobody',
  token: 'nobody',
  'tokens-of': 'nobody',
} as const satisfies Record<Exclude<Named, OfDevice>, 'account' | 'nobody'>;

type Concerned = DeviceKey | 'account' | 'nobody';

const concernedBy = (write: Write): Concerned => {
  if ('append' in write || 'note' in write) return write.device;
  if ('drop' in write) {
    if (write.drop === 'device') return write.was.key;
    return write.drop === 'credential' ? write.was.device : concerns[write.drop];
  }
  switch (write.save) {
    case 'update':
      return write.was.device;
    case 'transfers':
      return write.device;
    case 'credential':
      return write.value.device;
    case 'device':
      // One that is new has been answered nothing yet.
      return write.was?.key ?? 'nobody';
    default:
      return concerns[write.save];
  }
};

/** What lets a device in: its own record, its credentials and its account. */
const isIdentity = (write: Write): boolean =>
  ('save' in write && identities.has(write.save)) || ('drop' in write && identities.has(write.drop));
const identities: ReadonlySet<Named> = new Set<Named>(['account', 'device', 'credential']);

export type ContactEpochs = Store['contactEpochs'] & {
  /** These may have been committed just now. */
  readonly note: (changes: readonly Change[]) => void;
  /** Anything of this account may have been written just now. */
  readonly noteAccount: (account: AccountKey) => void;
  readonly noteAll: () => void;
};

/** Devices share a place where there are more of them: what concerns one is then taken to concern the others. */
const PLACES = 2 ** 18;
const SPREAD = 40_503;

/** When something was noted last, by the numbers of a count that only grows. */
const createMarks = () => {
  let all = 0;
  const accounts = new Map<AccountKey, number>();
  let devices: Float64Array | undefined;
  const placeOf = (account: AccountKey, device: DeviceKey): number =>
    (account * SPREAD + device) & (PLACES - 1);
  return {
    latest: (account: AccountKey, device: DeviceKey): number =>
      Math.max(all, accounts.get(account) ?? 0, devices?.[placeOf(account, device)] ?? 0),
    markDevice: (account: AccountKey, device: DeviceKey, now: number): void => {
      devices ??= new Float64Array(PLACES);
      devices[placeOf(account, device)] = now;
    },
    markAccount: (account: AccountKey, now: number): void => void accounts.set(account, now),
    markAll: (now: number): void => {
      all = now;
    },
  };
};

/** `isKnown` says whether all writes are told here or seen by it, and notes those of others. */
export const createContactEpochs = (isKnown: () => boolean): ContactEpochs => {
  let now = 0;
  const contacts = createMarks();
  const identity = createMarks();

  const noteWrite = (account: AccountKey | null, write: Write): void => {
    const places = isIdentity(write) ? [contacts, identity] : [contacts];
    const concerned = concernedBy(write);
    for (const marks of places) {
      // An account may be written from within another one.
      if ('save' in write && write.save === 'account' && write.was !== undefined)
        marks.markAccount(write.was.key, now);
      if (account === null || concerned === 'nobody') continue;
      if (concerned === 'account') marks.markAccount(account, now);
      else marks.markDevice(account, concerned, now);
    }
  };

  const latest =
    (marks: typeof contacts) =>
    (account: AccountKey, device: DeviceKey): number =>
      isKnown() ? marks.latest(account, device) : Number.POSITIVE_INFINITY;

  return {
    now: () => (isKnown() ? now : undefined),
    of: latest(contacts),
    ofIdentity: latest(identity),
    note: (changes) => {
      now += 1;
      for (const { account, writes } of changes) for (const write of writes) noteWrite(account, write);
    },
    noteAccount: (account) => {
      now += 1;
      for (const marks of [contacts, identity]) marks.markAccount(account, now);
    },
    noteAll: () => {
      now += 1;
      for (const marks of [contacts, identity]) marks.markAll(now);
    },
  };
};
