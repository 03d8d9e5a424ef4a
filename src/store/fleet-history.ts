import type { FleetHistory, FleetPoint } from '../app/census-ports.ts';
import { type Database, persist } from './db.ts';
import { deleteAllButLastOfDay, insertPoint, listPoints } from './queries/fleet-history.ts';
import { many } from './readers.ts';
import { parse } from './rows/codec.ts';
import type { FleetPointRow } from './tables.ts';

const fromRow = ({ at, body }: FleetPointRow): FleetPoint => ({
  at,
  ...parse<Omit<FleetPoint, 'at'>>(body),
});

/** The fleets of the past. */
export const fleetHistory = (database: Database): FleetHistory => ({
  add: async (account, { at, ...body }) =>
    (await persist(database, (db) => insertPoint(db, { account, at, body: JSON.stringify(body) }))) > 0,
  list: (account, since, until) => many(listPoints(database.read, account, since, until), fromRow),
  thin: async (account, before) => {
    await persist(database, (db) => deleteAllButLastOfDay(db, account, before));
  },
});
