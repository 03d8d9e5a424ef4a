import type { StoredCampaign } from '../app/records.ts';
import type { Write } from '../app/writes.ts';
import type { AccountKey } from '../domain/ids.ts';
import { unreachable } from '../domain/result.ts';
import type { Db } from './db.ts';
import { dropDestination, dropSubscription, dropSubscriptionsOfCampaign } from './push-drops.ts';
import { insertAccount, updateAccount } from './queries/accounts.ts';
import { deleteCampaign, insertCampaign, updateCampaign } from './queries/campaigns.ts';
import { deleteCredential, insertCredential, updateCredential } from './queries/credentials.ts';
import { insertDestination, updateDestination } from './queries/destinations.ts';
import { deleteDevice, insertDevice, updateDevice } from './queries/devices.ts';
import { deleteDocument, insertDocument, updateDocument } from './queries/documents.ts';
import { noteHanded } from './queries/handed.ts';
import { insertJob, updateJob } from './queries/jobs.ts';
import { appendLine } from './queries/logs.ts';
import { deletePackage, insertPackage, updatePackage } from './queries/packages.ts';
import { deleteQuery, insertQuery, updateQuery } from './queries/queries.ts';
import { deleteRole, insertRole, updateRole } from './queries/roles.ts';
import { insertSubscription, updateSubscription } from './queries/subscriptions.ts';
import { deleteToken, deleteTokensOf, insertToken, updateToken } from './queries/tokens.ts';
import { saveTransfers } from './queries/transfers.ts';
import { saveTransition } from './queries/updates.ts';
import { deleteMembership, insertUser, saveMembership, updateUser } from './queries/users.ts';
import { flag } from './rows/codec.ts';

type Save = Extract<Write, { readonly save: string }>;
type Drop = Extract<Write, { readonly drop: string }>;

/** Carries out one write. False when the record is not as it was read; a taken id or name throws. */
export const applyWrite = async (db: Db, account: AccountKey, write: Write): Promise<boolean> => {
  if ('append' in write) return (await appendLine(db, { account, ...write })) > 0;
  if ('note' in write) {
    await noteHanded(db, [{ account, ...write }]);
    return true;
  }
  return ('save' in write ? await save(db, account, write) : await drop(db, account, write)) > 0;
};

/** An insert changes a row or throws; a replacement says how many it changed. */
const save = async (db: Db, account: AccountKey, write: Save): Promise<number> => {
  switch (write.save) {
    case 'account':
      return write.was ? updateAccount(db, write.was, write.value) : insertAccount(db, write.value);
    case 'user':
      return write.was ? updateUser(db, write.was, write.value) : insertUser(db, write.value);
    case 'role':
      return write.was
        ? updateRole(db, account, write.was, write.value)
        : insertRole(db, account, write.value);
    case 'membership':
      return saveMembership(db, account, write.value);
    case 'token':
      return write.was ? updateToken(db, write.was, write.value) : insertToken(db, write.value);
    case 'device':
      return write.was
        ? updateDevice(db, account, write.was, write.value)
        : insertDevice(db, account, write.value);
    case 'credential':
      return write.was
        ? updateCredential(db, account, write.was, write.value)
        : insertCredential(db, account, write.value);
    case 'package':
      return write.was
        ? updatePackage(db, account, write.was, write.value)
        : insertPackage(db, account, write.value);
    case 'query':
      return write.was
        ? updateQuery(db, account, write.was, write.value)
        : insertQuery(db, account, write.value);
    case 'campaign':
      return write.was
        ? updateCampaign(db, account, write.was, write.value)
        : insertCampaign(db, account, write.value);
    case 'update':
      return flag(await saveTransition(db, { account, was: write.was, value: write.value, entry: null }));
    case 'transfers':
      return saveTransfers(db, { account, ...write }, write.at, write.value);
    case 'document':
      return write.was
        ? updateDocument(db, account, write.was, write.value)
        : insertDocument(db, account, write.value);
    case 'destination':
      return write.was
        ? updateDestination(db, account, write.was, write.value)
        : insertDestination(db, account, write.value);
    case 'subscription':
      return write.was
        ? updateSubscription(db, account, write.was, write.value)
        : insertSubscription(db, account, write.value);
    case 'job':
      return write.was ? updateJob(db, account, write.was, write.value) : insertJob(db, account, write.value);
    default:
      return unreachable(write);
  }
};

const drop = async (db: Db, account: AccountKey, write: Drop): Promise<number> => {
  switch (write.drop) {
    case 'membership':
      return deleteMembership(db, account, write.was.userId);
    case 'role':
      return deleteRole(db, account, write.was);
    case 'token':
      return deleteToken(db, write.was);
    case 'tokens-of':
      await deleteTokensOf(db, write.userId);
      return 1;
    case 'device':
      return deleteDevice(db, account, write.was);
    case 'credential':
      return deleteCredential(db, account, write.was);
    case 'package':
      return deletePackage(db, account, write.was);
    case 'query':
      return deleteQuery(db, account, write.was);
    case 'document':
      return deleteDocument(db, account, write.was);
    case 'destination':
      return dropDestination(db, account, write.was);
    case 'subscription':
      return dropSubscription(db, account, write.was);
    case 'campaign':
      return dropCampaign(db, account, write.was);
    default:
      return unreachable(write);
  }
};

const dropCampaign = async (db: Db, account: AccountKey, was: StoredCampaign): Promise<number> => {
  const deleted = await deleteCampaign(db, account, was);
  if (deleted > 0) await dropSubscriptionsOfCampaign(db, account, was.key);
  return deleted;
};
