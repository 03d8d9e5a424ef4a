import type { Page } from '../app/lists.ts';
import type {
  ProtocolSessions,
  SessionKind,
  SessionPlace,
  SessionWrite,
  StoredProtocolSession,
} from '../app/protocol-ports.ts';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { State } from './memory-state.ts';
import { copy, take, type Undo } from './memory-table.ts';
import { placeOf } from './session-batches.ts';

const nameOf = ({ kind, account, device }: SessionPlace): string => `${kind}/${account}/${device}`;

const DEVICES = 2_147_483_648;
const cursorOf = ({ account, device }: StoredProtocolSession): number => account * DEVICES + device;

const byName = (
  { sessions, sessionNames }: State,
  kind: SessionKind,
  name: string,
): StoredProtocolSession | undefined => {
  const found = sessions.get(sessionNames.get(`${kind}/${name}`) ?? '');
  return found?.name === name ? found : undefined;
};

/** Whether it was written. */
const save = (state: State, write: SessionWrite): boolean => {
  const { account, value } = write;
  const place = nameOf({ ...value, account });
  const before = state.sessions.get(place);
  const other = byName(state, value.kind, value.name);
  const isTaken = other !== undefined && nameOf(other) !== place;
  const device = state.homes.get(account)?.devices.get(value.device);
  if (before?.version !== write.was?.version || isTaken || device === undefined) return false;
  state.sessions.set(place, copy({ ...value, account, version: (before?.version ?? 0) + 1 }));
  state.sessionNames.set(`${value.kind}/${value.name}`, place);
  return true;
};

const pageOf = (
  all: readonly StoredProtocolSession[],
  after: number,
  limit: number,
): Page<StoredProtocolSession> => {
  const rest = all.filter((session) => cursorOf(session) > after).sort((a, b) => cursorOf(a) - cursorOf(b));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rest.length > limit && last !== undefined ? cursorOf(last) : null };
};

export const protocolSessions = (state: State): ProtocolSessions => ({
  find: async (account, device, kind) => state.sessions.get(nameOf({ account, device, kind })),
  findByName: async (kind, name) => byName(state, kind, name),
  list: async (kind, { after, limit }) =>
    pageOf(
      [...state.sessions.values()].filter((session) => session.kind === kind),
      after,
      limit,
    ),
  save: async (writes) => writes.filter((write) => !save(state, write)).map(placeOf),
});

/** Those of a device that is gone. */
export const dropSessions = (undo: Undo, state: State, account: AccountKey, device: DeviceKey): void => {
  for (const [name, session] of [...state.sessions]) {
    if (session.account === account && session.device === device) take(undo, state.sessions, name);
  }
};

export const expireSessions = ({ sessions }: State, before: Instant): void => {
  for (const [name, { expiresAt }] of [...sessions]) if (expiresAt < before) sessions.delete(name);
};
