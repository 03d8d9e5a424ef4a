import { describe, expect, it } from 'vitest';
import type { FleetPoint } from '../../wire/muster/devices.ts';
import { fleetSeries, OTHERS } from './fleet-series.ts';

const point = (at: string, counts: Readonly<Record<string, number>>, otherVersions = 0): FleetPoint => ({
  at,
  devices: Object.values(counts).reduce((sum, count) => sum + count, otherVersions),
  versions: Object.entries(counts).map(([version, count]) => ({ version, count })),
  otherVersions,
  protocols: [],
  seen: { hour: 0, day: 0, week: 0, month: 0, earlier: 0, never: 0 },
});

const DAY = 86_400_000;
const start = Date.parse('2026-11-01T00:00:00.000Z');
const now = point('2026-11-04T00:00:00.000Z', { new: 70, old: 20, '': 10 });

describe('versions over time', () => {
  const points = [
    point('2026-10-20T00:00:00.000Z', { old: 90 }),
    point('2026-11-02T00:00:00.000Z', { old: 60, new: 30 }),
  ];

  it('begin with what held before, and end with the present', () => {
    expect(fleetSeries(points, now, { since: start, many: 6 })).toEqual({
      at: [start, start + DAY, start + 3 * DAY],
      series: [
        { version: 'new', label: 'new', counts: [0, 30, 70] },
        { version: 'old', label: 'old', counts: [90, 60, 20] },
        { version: '', label: 'Not told', counts: [0, 0, 10] },
      ],
    });
  });

  it('are counted together where there are many, with those that the server did not tell apart', () => {
    const more = [...points, point('2026-11-03T00:00:00.000Z', { new: 50, old: 30 }, 7)];
    const { series } = fleetSeries(more, now, { since: start, many: 1 });
    expect(series).toEqual([
      { version: 'new', label: 'new', counts: [0, 30, 50, 70] },
      { version: OTHERS, label: 'Others', counts: [90, 60, 37, 30] },
    ]);
  });
});
