/**
 * A device that speaks OMA-DM 1.2, scripted by options and the same in every run. It shares nothing with the server but
 * the network: it writes and reads SyncML by itself.
 */
import { createTree, type ManagementTree } from './management-tree.ts';
import { runSession } from './session.ts';
import { createTrust, type Trust } from './trust.ts';
import type { DmDeviceOptions, SessionLog, SessionOptions } from './types.ts';
import { createUpdates, type Updates } from './updates.ts';

export type {
  DmDeviceOptions,
  Exchanged,
  SessionFaults,
  SessionLog,
  SessionOptions,
} from './types.ts';
export type { Deferral, UpdateFaults } from './updates.ts';
export { textAt } from './wire.ts';

export type DmDevice = {
  readonly tree: ManagementTree;
  readonly updates: Updates;
  readonly firmware: () => string;
  readonly session: (options?: SessionOptions) => Promise<SessionLog>;
  /** Sessions and work by turns until neither is left, at most so often. */
  readonly live: (most?: number) => Promise<readonly SessionLog[]>;
  /** Makes stale the nonce for proofs of the device, or for those of the server. */
  readonly forgetNonce: Trust['forgetNonce'];
};

const plant = (tree: ManagementTree, options: DmDeviceOptions): void => {
  const { id, man = 'Acme', mod = 'Bridge 2', firmware = '1.0', largeObjects = true } = options;
  const info = { DevId: id, Man: man, Mod: mod, DmV: '1.2', Lang: 'en' };
  for (const [name, value] of Object.entries(info)) tree.set(`./DevInfo/${name}`, value);
  const detail = { DevTyp: 'gateway', OEM: man, FwV: firmware, SwV: '7', HwV: 'B' };
  for (const [name, value] of Object.entries(detail)) tree.set(`./DevDetail/${name}`, value);
  tree.set('./DevDetail/LrgObj', `${largeObjects}`, { format: 'bool' });
};

/** A device that lives as long as the test that made it. */
export const createDmDevice = (options: DmDeviceOptions): DmDevice => {
  const tree = createTree();
  plant(tree, options);
  const updates = createUpdates(tree, options);
  const trust = createTrust(options);
  const session = (how: SessionOptions = {}): Promise<SessionLog> =>
    runSession({ options, tree, updates, trust }, how);
  return {
    tree,
    updates,
    firmware: () => tree.get('./DevDetail/FwV')?.data ?? '',
    session,
    live: async (most = 10) => {
      const logs: SessionLog[] = [];
      while (logs.length < most) {
        logs.push(await session());
        const hadWork = updates.pending().length > 0;
        await updates.work();
        if (!hadWork) break;
      }
      return logs;
    },
    forgetNonce: trust.forgetNonce,
  };
};
