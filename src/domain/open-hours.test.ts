import { describe, expect, it } from 'vitest';
import { openShares } from './open-hours.ts';
import type { Window } from './plan.ts';
import { HOUR, MINUTE } from './time.ts';

const everyDay = [1, 2, 3, 4, 5, 6, 7];
const nights: Window = { days: everyDay, from: 22 * 60, to: 2 * 60 + 30, zone: 'device' };
const FROM = Date.UTC(2026, 5, 17, 20);

const shares = (windows: readonly Window[], zone = 'UTC', notBefore: number | null = null, hours = 8) =>
  openShares({ windows, notBefore }, zone, [], { from: FROM, hours });

describe('the hours in which a phase may begin', () => {
  it('are all of them without windows', () => {
    expect(shares([])).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('are those of the windows on the clock of the zone, parts of hours as their share', () => {
    expect(shares([nights])).toEqual([0, 0, 1, 1, 1, 1, 0.5, 0]);
    expect(shares([nights], 'Europe/Berlin')).toEqual([1, 1, 1, 1, 0.5, 0, 0, 0]);
    expect(shares([nights], 'Asia/Kathmandu')).toEqual([0.75, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('count once where windows overlap', () => {
    const early: Window = { ...nights, from: 23 * 60, to: 24 * 60 };
    const late: Window = { ...nights, from: 2 * 60, to: 3 * 60 };
    expect(shares([early, nights, late])).toEqual([0, 0, 1, 1, 1, 1, 1, 0]);
  });

  it('begin when the phase may, and leave out freezes', () => {
    expect(shares([nights], 'UTC', FROM + 3.5 * HOUR)).toEqual([0, 0, 0, 0.5, 1, 1, 0.5, 0]);
    expect(shares([nights], 'UTC', FROM + 9 * HOUR)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const freezes = [
      { name: 'a', from: FROM + 3 * HOUR + 15 * MINUTE, to: FROM + 4 * HOUR },
      { name: 'b', from: FROM + 3 * HOUR + 30 * MINUTE, to: FROM + 5 * HOUR },
    ];
    const open = openShares({ windows: [nights], notBefore: null }, 'UTC', freezes, { from: FROM, hours: 8 });
    expect(open).toEqual([0, 0, 1, 0.25, 0, 1, 0.5, 0]);
  });

  it('move with a change of clocks', () => {
    const from = Date.UTC(2026, 2, 28, 23);
    const atNight: Window = { days: everyDay, from: 60, to: 4 * 60, zone: 'device' };
    const open = openShares({ windows: [atNight], notBefore: null }, 'Europe/Berlin', [], { from, hours: 5 });
    // 01:00 CET to 04:00 CEST: the hour from 02:00 to 03:00 is not there.
    expect(open).toEqual([0, 1, 1, 0, 0]);
  });
});
