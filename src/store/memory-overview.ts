import type { StoredEvent } from '../app/event-records.ts';
import type { Overview, PageRequest } from '../app/lists.ts';
import { countsOf, type Home, type State } from './memory-state.ts';

export const eventsSince = ({ events }: Home, { after, limit }: PageRequest): readonly StoredEvent[] =>
  [...events.values()].filter(({ seq }) => seq > after).slice(0, limit);

const addTo = <Name extends string>(
  sums: Partial<Record<Name, number>>,
  counts: Readonly<Partial<Record<Name, number>>>,
): void => {
  for (const name of Object.keys(counts) as Name[]) sums[name] = (sums[name] ?? 0) + (counts[name] ?? 0);
};

export const overviewOf = ({ homes }: State): Overview => {
  const updates: { open: Overview['updates']['open']; closed: Overview['updates']['closed'] } = {
    open: {},
    closed: {},
  };
  let depth = 0;
  let oldest: number | null = null;
  for (const home of homes.values()) {
    for (const { record } of home.campaigns.entries()) {
      const { open, closed } = countsOf(home, record.key);
      addTo(updates.open, open);
      addTo(updates.closed, closed);
    }
    depth += home.outbox.size;
    for (const seq of home.outbox.keys()) {
      const at = home.events.get(seq)?.at;
      if (at !== undefined && (oldest === null || at < oldest)) oldest = at;
    }
  }
  return { updates, outbox: { depth, oldest } };
};
