import type { Credential, StoredCredential } from '../../app/account-records.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import { change, type Db, literal, prepared } from '../db.ts';
import { lookup } from '../lookup.ts';
import { toCredentialRow } from '../rows/people.ts';

export const listCredentials = lookup(['integer'], (db: Db, account: AccountKey, device: DeviceKey) =>
  db.q
    .selectFrom('credentials')
    .selectAll()
    .where('account', '=', account)
    .where('device', '=', device)
    .orderBy('created_at')
    .orderBy('id'),
);

/** A device with a credential in each row; without any there is one row. What both have is the credential's by another name. */
export const findWithCredentials = lookup(['text'], (db: Db, account: AccountKey, id: string) =>
  db.q
    .selectFrom('devices')
    .leftJoin('credentials', (join) =>
      join
        .onRef('credentials.account', '=', 'devices.account')
        .onRef('credentials.device', '=', 'devices.key'),
    )
    .selectAll('devices')
    .select([
      ...(['device', 'kind', 'identity', 'hash', 'sealed', 'expires_at'] as const),
      'credentials.id as credential_id',
      'credentials.created_at as credential_created_at',
      'credentials.version as credential_version',
    ])
    .where('devices.account', '=', account)
    .where('devices.id', '=', id),
);

/** 1 is the place of `psk` in the list of kinds, and names the condition of the index. */
export const findPreSharedKey = prepared((db: Db, identity: string) =>
  db.q.selectFrom('credentials').selectAll().where('kind', '=', literal(1)).where('identity', '=', identity),
);

export const insertCredential = (db: Db, account: AccountKey, value: Credential): Promise<number> =>
  change(db, db.q.insertInto('credentials').values({ ...toCredentialRow(value), account, version: 1 }));

export const updateCredential = (
  db: Db,
  account: AccountKey,
  was: StoredCredential,
  value: Credential,
): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('credentials')
      .set({ ...toCredentialRow(value), version: was.version + 1 })
      .where('account', '=', account)
      .where('device', '=', was.device)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );

export const deleteCredential = (db: Db, account: AccountKey, was: StoredCredential): Promise<number> =>
  change(
    db,
    db.q
      .deleteFrom('credentials')
      .where('account', '=', account)
      .where('device', '=', was.device)
      .where('id', '=', was.id)
      .where('version', '=', was.version),
  );

export const deleteCredentialsOf = (db: Db, account: AccountKey, device: DeviceKey): Promise<number> =>
  change(db, db.q.deleteFrom('credentials').where('account', '=', account).where('device', '=', device));
