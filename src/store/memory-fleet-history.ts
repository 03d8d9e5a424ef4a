import type { FleetHistory } from '../app/census-ports.ts';
import type { AccountKey } from '../domain/ids.ts';
import { DAY } from '../domain/time.ts';
import type { Home } from './memory-state.ts';
import { copy } from './memory-table.ts';

const dayOf = (at: number): number => Math.floor(at / DAY);

export const fleetHistory = (at: (account: AccountKey) => Home): FleetHistory => ({
  add: async (account, point) => {
    const { fleet } = at(account);
    if (fleet.has(point.at)) return false;
    fleet.set(point.at, copy(point));
    return true;
  },
  list: async (account, since, until) => {
    const points = [...at(account).fleet.values()].sort((a, b) => a.at - b.at);
    const held = points.findLast((point) => point.at <= since)?.at ?? since;
    return points.filter((point) => point.at >= held && point.at < until);
  },
  thin: async (account, before) => {
    const { fleet } = at(account);
    const lasts = new Map([...fleet.keys()].sort((a, b) => a - b).map((key) => [dayOf(key), key]));
    for (const key of [...fleet.keys()]) if (key < before && lasts.get(dayOf(key)) !== key) fleet.delete(key);
  },
});
