import type { Fleet, FleetPoint } from '../../wire/muster/devices.ts';

/** Devices of one version at every place of a chart. */
export type Series = {
  readonly version: string;
  readonly label: string;
  readonly counts: readonly number[];
};

/** What a stacked chart of versions is drawn from; instants in epoch milliseconds. */
export type FleetSeries = { readonly at: readonly number[]; readonly series: readonly Series[] };

/** The name of all versions that are not told apart; no version has a NUL. */
export const OTHERS = '\0others';

const label = (version: string): string => (version === '' ? 'Not told' : version);

type Place = { readonly at: number; readonly devices: number; readonly counts: ReadonlyMap<string, number> };

const placeOf = (at: number, { devices, versions }: Pick<FleetPoint, 'devices' | 'versions'>): Place => ({
  ...{ at, devices },
  counts: new Map(versions.map(({ version, count }) => [version, count])),
});

/**
 * The versions that most devices have now, or had most of, over time: so many, and the others together. What held before
 * `since` begins there; the last place is the present.
 */
export const fleetSeries = (
  points: readonly FleetPoint[],
  now: Pick<Fleet, 'at' | 'devices' | 'versions'>,
  { since, many }: { readonly since: number; readonly many: number },
): FleetSeries => {
  const present = placeOf(Date.parse(now.at), now);
  const past = points
    .map((point) => placeOf(Math.max(since, Date.parse(point.at)), point))
    .filter(({ at }) => at < present.at);
  const places = [...past, present];
  const peak = (version: string): number => Math.max(...places.map(({ counts }) => counts.get(version) ?? 0));
  const versions = [...new Set(places.flatMap(({ counts }) => [...counts.keys()]))]
    .map((version) => ({ version, now: present.counts.get(version) ?? 0, peak: peak(version) }))
    .sort((a, b) => b.now - a.now || b.peak - a.peak)
    .slice(0, many)
    .map(({ version }) => version);
  const shown = versions.map((version) => ({
    ...{ version, label: label(version) },
    counts: places.map(({ counts }) => counts.get(version) ?? 0),
  }));
  const rest = places.map(
    ({ devices }, place) => devices - shown.reduce((sum, { counts }) => sum + (counts[place] ?? 0), 0),
  );
  const others = rest.some((count) => count > 0) ? [{ version: OTHERS, label: 'Others', counts: rest }] : [];
  return { at: places.map(({ at }) => at), series: [...shown, ...others] };
};
