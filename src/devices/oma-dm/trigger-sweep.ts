import type { StoredAccount } from '../../app/account-records.ts';
import { chooseUpdate } from '../../app/admission.ts';
import { dmSecretsOf } from '../../app/device-keys.ts';
import type { Clock, Ids, Store } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import type { StoredDevice } from '../../app/records.ts';
import { mannerOf } from '../../app/surroundings.ts';
import type { AccountKey } from '../../domain/ids.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time.ts';
import { fromBase64 } from './data.ts';
import { recordIn } from './identity.ts';
import { type DmRecord, newRecord } from './record.ts';
import { afterTrigger, triggerDue, triggerPush } from './trigger.ts';
import type { TriggerSender } from './trigger-senders.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sealing: Pick<Sealing, 'open'>;
  readonly senders: readonly TriggerSender[];
  readonly warn: (what: object, message: string) => void;
};

/** Devices of an account looked at in one run. */
const BATCH = 1_000;
/** A device that was heard of just now is there already. */
const JUST_NOW = MINUTE;
/** A device that carries something out tells by itself; after so long it is asked. */
const PATIENCE = HOUR;
const KEPT = 400 * DAY;

/**
 * Asks devices to begin a session for which a running campaign has something to do now. Goes through the devices of OMA-DM
 * of each account a piece at a time, and round again; which process sends is settled by who writes that first.
 */
export const createTriggerSweep = (deps: Deps): (() => Promise<boolean>) => {
  let places = new Map<AccountKey, number>();
  return async () => {
    const { store, clock } = deps;
    const next = new Map<AccountKey, number>();
    const campaigns = await store.campaigns.withOpenUpdates();
    const running = campaigns.filter(({ campaign }) => campaign.status === 'running');
    for (const key of new Set(running.map(({ account }) => account))) {
      const account = await store.accounts.get(key);
      if (account === undefined) continue;
      const page = { after: places.get(key) ?? 0, limit: BATCH };
      const listed = await store.devices.awaited(key, 'oma-dm', clock() - JUST_NOW, page);
      if (listed.next !== null) next.set(key, listed.next);
      for (const device of listed.items) await triggerIfDue(deps, account, device);
    }
    places = next;
    return false;
  };
};

type Reached = { readonly sender: TriggerSender; readonly address: string };

const reach = (senders: readonly TriggerSender[], device: StoredDevice): Reached | undefined => {
  for (const sender of senders) {
    const address = sender.addressOf(device);
    if (address !== undefined) return { sender, address };
  }
  return undefined;
};

const triggerIfDue = async (deps: Deps, account: StoredAccount, device: StoredDevice): Promise<void> => {
  const reached = reach(deps.senders, device);
  if (reached === undefined) return;
  const { store, clock, ids } = deps;
  const stored = await store.protocolSessions.find(account.key, device.key, 'oma-dm');
  const record = stored === undefined ? newRecord(ids.secret(9)) : recordIn(stored);
  const now = clock();
  const which = triggerDue(record.triggered, now);
  if (which === undefined || isBusy(record, now)) return;
  if (!(await hasWork(deps, account, device))) return;
  const [server] = (await dmSecretsOf(deps, account.key, device.key)).filter(
    ({ serverPassword }) => serverPassword !== '',
  );
  if (server === undefined) return;
  const random = Number.parseInt(ids.uuid().slice(0, 4), 16);
  const triggered = afterTrigger(record.triggered, which, random, now);
  const missed = await store.protocolSessions.save([
    {
      account: account.key,
      ...(stored !== undefined && { was: stored }),
      value: {
        ...{ kind: 'oma-dm', device: device.key, name: stored?.name ?? ids.secret(18) },
        ...{ body: JSON.stringify({ ...record, triggered }), expiresAt: now + KEPT },
      },
    },
  ]);
  // Somebody else was faster, or the device is there already.
  if (missed.length > 0) return;
  const nonce = fromBase64(record.theirNonce) ?? new Uint8Array();
  const by = { id: server.serverId, password: server.serverPassword };
  const push = triggerPush(by, triggered.sessionId, nonce, which);
  const problem = await reached.sender.send(reached.address, push);
  if (problem !== undefined) {
    deps.warn({ device: device.id, sender: reached.sender.name, problem }, 'a trigger was not sent');
  }
};

/** It is in a session, or carries something out. */
const isBusy = ({ attempt, session }: DmRecord, now: number): boolean =>
  (attempt !== null && attempt.operation !== null && now - attempt.sentAt < PATIENCE) ||
  (session !== null && !session.over && now - session.heardAt < PATIENCE / 6);

/** Whether the next contact would be given something; nothing is written. */
const hasWork = async (
  { store, clock }: Deps,
  account: StoredAccount,
  device: StoredDevice,
): Promise<boolean> => {
  if (device.standing === 'waiting') return false;
  const found = await chooseUpdate(store, account, device, mannerOf(device), clock());
  const chosen = found?.chosen;
  return chosen !== undefined && chosen.misfit === undefined && chosen.progressed.due !== undefined;
};
