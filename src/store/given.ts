import type { Change } from '../app/writes.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Db } from './db.ts';
import { type CampaignPlace, versionsOf } from './queries/given.ts';

export type Given = NonNullable<Change['given']>;

/** What a change was decided on, and whose it is. */
export type Resting = { readonly account: AccountKey; readonly given: Given };

const nameOf = ({ account, key }: CampaignPlace): string => `${account}/${key}`;

/** Those of the changes whose campaigns are as they were read, and stay so until this transaction ends. */
export const stillGiven = async <One extends Resting>(
  db: Db,
  changes: readonly One[],
): Promise<readonly One[]> => {
  const named = new Map<string, CampaignPlace>();
  for (const { account, given } of changes) {
    for (const { campaign: key } of given) named.set(nameOf({ account, key }), { account, key });
  }
  if (named.size === 0) return changes;
  const rows = await versionsOf(db, [...named.values()]);
  const versions = new Map(rows.map((row) => [nameOf(row), row.version]));
  return changes.filter(({ account, given }) =>
    given.every(({ campaign: key, version }) => versions.get(nameOf({ account, key })) === version),
  );
};
