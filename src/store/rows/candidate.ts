import type { Candidate } from '../../app/records.ts';
import { protocols, standings } from '../../domain/device.ts';
import type { DeviceRow, UpdateRow } from '../tables.ts';
import { parse, wordAt } from './codec.ts';
import { fromExtras } from './update.ts';

/** A member and its device, without what the waves of a campaign cannot depend on. */
export type CandidateRow = Pick<UpdateRow, 'device' | 'outcome' | 'extras'> &
  Omit<DeviceRow, 'account' | 'key' | 'version' | 'folded' | 'auto_confirm' | 'attributes_due'>;

/** Parses each text once: of many devices most have the same versions and tags. The values are shared, so none is changed. */
const parsingOnce = () => {
  const known = new Map<string, unknown>();
  return <Value>(json: string): Value => {
    if (!known.has(json)) known.set(json, parse(json));
    return known.get(json) as Value;
  };
};

export const fromCandidateRows = (rows: readonly CandidateRow[]): readonly Candidate[] => {
  const parsed = parsingOnce();
  return rows.map((row) => {
    const { packages, admission } = fromExtras(row.extras);
    const device: Candidate['device'] = {
      id: row.id,
      name: row.name,
      make: row.make,
      model: row.model,
      protocol: wordAt(protocols, row.protocol),
      standing: wordAt(standings, row.standing),
      timeZone: row.time_zone,
      tags: parsed(row.tags),
      versions: parsed(row.versions),
      attributes: parsed(row.attributes),
      lastSeenAt: row.last_seen_at,
      createdAt: row.created_at,
    };
    return { device, packages, admission, isOpen: row.outcome === 0 };
  });
};
