import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Window } from './plan.ts';
import { DAY, HOUR, MINUTE } from './time.ts';
import { isInside, nextOpening } from './window.ts';

const everyDay = [1, 2, 3, 4, 5, 6, 7];
const sunday = [7];

/** `02:30-03:15` of some days on the device's clock. */
const hours = (text: string, days: readonly number[] = everyDay, zone: Window['zone'] = 'device'): Window => {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  });
  return { days, from, to, zone };
};

const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const spell = (instant: number | null, zone: string): string =>
  instant === null
    ? 'never'
    : Temporal.Instant.fromEpochMilliseconds(instant)
        .toZonedDateTimeISO(zone)
        .toString({ timeZoneName: 'never' });

/** Every span of a window between two instants, found minute by minute. */
const spansOf = (window: Window, zone: string, from: string, to: string): string[] => {
  const spans: string[] = [];
  let begin: number | null = null;
  for (let now = at(from); now < at(to); now += MINUTE) {
    const inside = isInside(window, zone, now);
    if (inside && begin === null) begin = now;
    if (inside || begin === null) continue;
    spans.push(`${spell(begin, zone)} ${spell(now, zone)}`);
    begin = null;
  }
  return spans;
};

describe('a window on an ordinary day', () => {
  const noon = at('2026-06-17T12:00Z');

  it.each([
    ['12:00-12:01', true],
    ['11:59-12:00', false],
    ['12:01-11:59', false],
    ['12:01-12:00', false],
    ['12:00-11:59', true],
    ['00:00-24:00', true],
    ['24:00-12:00', false],
    ['24:00-12:01', true],
    ['22:00-12:30', true],
    ['22:00-00:00', false],
  ])('of %s holds noon: %s', (text, inside) => {
    expect(isInside(hours(text, everyDay, 'utc'), 'Asia/Tokyo', noon)).toBe(inside);
  });

  it('belongs to the day on which it opens, also after midnight', () => {
    const fridayNight = hours('22:00-02:00', [5], 'utc');
    expect(isInside(fridayNight, 'UTC', at('2026-06-20T01:59Z'))).toBe(true);
    expect(isInside(fridayNight, 'UTC', at('2026-06-19T01:59Z'))).toBe(false);
    expect(isInside(fridayNight, 'UTC', at('2026-06-20T02:00Z'))).toBe(false);
  });

  it('is read on the wall clock of the device, or in UTC wherever the device is', () => {
    const kathmandu = at('2026-06-17T20:15Z');
    expect(isInside(hours('02:00-02:01'), 'Asia/Kathmandu', kathmandu)).toBe(true);
    expect(isInside(hours('02:00-02:01', everyDay, 'utc'), 'Asia/Kathmandu', kathmandu)).toBe(false);
    expect(isInside(hours('20:15-20:16', everyDay, 'utc'), 'Asia/Kathmandu', kathmandu)).toBe(true);
  });
});

describe('a window on a day with a change of clocks', () => {
  it.each([
    [
      'Europe/Berlin',
      '01:00-04:00',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00:00+01:00 2026-03-29T04:00:00+02:00'],
    ],
    [
      'Europe/Berlin',
      '02:30-04:00',
      '2026-03-28T12:00Z',
      ['2026-03-29T03:30:00+02:00 2026-03-29T04:00:00+02:00'],
    ],
    [
      'Europe/Berlin',
      '01:30-02:30',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:30:00+01:00 2026-03-29T03:30:00+02:00'],
    ],
    ['Europe/Berlin', '02:30-03:15', '2026-03-28T12:00Z', []],
    [
      'Europe/Berlin',
      '02:00-03:00',
      '2026-10-24T12:00Z',
      ['2026-10-25T02:00:00+02:00 2026-10-25T03:00:00+01:00'],
    ],
    [
      'Europe/Berlin',
      '02:15-02:45',
      '2026-10-24T12:00Z',
      ['2026-10-25T02:15:00+02:00 2026-10-25T02:45:00+02:00'],
    ],
    [
      'America/New_York',
      '01:30-03:30',
      '2026-03-07T18:00Z',
      ['2026-03-08T01:30:00-05:00 2026-03-08T03:30:00-04:00'],
    ],
    [
      'America/New_York',
      '01:30-02:00',
      '2026-10-31T18:00Z',
      ['2026-11-01T01:30:00-04:00 2026-11-01T02:00:00-05:00'],
    ],
    [
      'Australia/Lord_Howe',
      '02:10-03:00',
      '2026-10-03T03:00Z',
      ['2026-10-04T02:40:00+11:00 2026-10-04T03:00:00+11:00'],
    ],
    [
      'Australia/Lord_Howe',
      '01:15-02:00',
      '2026-04-04T03:00Z',
      ['2026-04-05T01:15:00+11:00 2026-04-05T02:00:00+10:30'],
    ],
    [
      'Asia/Kathmandu',
      '23:30-00:15',
      '2026-03-29T00:00Z',
      ['2026-03-29T23:30:00+05:45 2026-03-30T00:15:00+05:45'],
    ],
  ])('in %s of %s from %s on opens and closes once: %j', (zone, text, from, spans) => {
    const to = Temporal.Instant.from(from).add({ hours: 24 }).toString();
    expect(spansOf(hours(text), zone, from, to)).toEqual(spans);
  });

  it('waits for the next week when the gap swallowed it, whenever it is asked in the week before', () => {
    const swallowed = hours('02:30-03:15', sunday);
    for (let day = 1; day <= 8; day += 1) {
      const opening = nextOpening([swallowed], 'America/New_York', at(`2026-03-0${day}T12:00Z`));
      expect(spell(opening, 'America/New_York')).toBe('2026-03-15T02:30:00-04:00');
    }
  });

  it('opens a day late where the calendar skipped its day, as in Apia in December 2011', () => {
    const friday = hours('10:00-11:00', [5]);
    const opening = nextOpening([friday], 'Pacific/Apia', at('2011-12-28T12:00Z'));
    expect(spell(opening, 'Pacific/Apia')).toBe('2011-12-31T10:00:00+14:00');
    expect(isInside(friday, 'Pacific/Apia', opening ?? 0)).toBe(true);
  });
});

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Santiago',
  'Africa/Casablanca',
  'America/Havana',
  'Asia/Beirut',
  'Pacific/Chatham',
  'Africa/Cairo',
  'Antarctica/Troll',
  'Asia/Gaza',
];

/** The changes of clocks from 2026 to 2030; a zone without any has the turns of the years. */
const momentsOf = (zone: string): number[] => {
  const found: number[] = [];
  let when: Temporal.ZonedDateTime | null =
    Temporal.Instant.from('2026-01-01T00:00Z').toZonedDateTimeISO(zone);
  for (;;) {
    when = when.getTimeZoneTransition('next');
    if (when === null || when.year > 2030) break;
    found.push(when.epochMilliseconds);
  }
  return found.length > 0 ? found : [2026, 2027, 2028, 2029, 2030].map((year) => at(`${year}-12-31T23:00Z`));
};

const moments = zones.flatMap((zone) => momentsOf(zone).map((moment) => ({ zone, moment })));
const quarter = 15 * MINUTE;
const fortnight = 15 * DAY;

const window: fc.Arbitrary<Window> = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    from: fc
      .oneof(fc.integer({ min: 0, max: 96 }), fc.integer({ min: 0, max: 16 }))
      .map((count) => count * 15),
    length: fc.integer({ min: 1, max: 96 }),
    zone: fc.constantFrom('device' as const, 'device' as const, 'utc' as const),
  })
  .map(({ length, ...rest }) => ({ ...rest, to: (rest.from + length * 15) % 1440 }))
  .filter(({ from, to }) => from !== to && !(from === 1440 && to === 0));

/** Near a change of clocks, on the grid of quarters that all windows and all offsets keep to. */
const near = fc
  .tuple(fc.constantFrom(...moments), fc.integer({ min: -40, max: 8 }))
  .map(([{ zone, moment }, ahead]) => ({ zone, now: moment + ahead * quarter }));

const firstInside = (windows: readonly Window[], zone: string, now: number): number | null => {
  for (let then = now + quarter; then < now + fortnight; then += quarter) {
    if (windows.some((one) => isInside(one, zone, then))) return then;
  }
  return null;
};

describe('the next opening', () => {
  it('is the first instant inside one of the windows, when now is outside all', () => {
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), near, (windows, { zone, now }) => {
        if (windows.some((one) => isInside(one, zone, now))) return;
        expect(nextOpening(windows, zone, now)).toBe(firstInside(windows, zone, now));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the edge of its window to the millisecond, when now is outside', () => {
    fc.assert(
      fc.property(window, near, fc.integer({ min: 1, max: quarter - 1 }), (one, { zone, now }, rest) => {
        if (isInside(one, zone, now + rest)) return;
        const opening = nextOpening([one], zone, now + rest);
        expect(opening).toBeGreaterThan(now + rest);
        expect(isInside(one, zone, opening ?? 0)).toBe(true);
        expect(isInside(one, zone, (opening ?? 0) - 1)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('agrees with the wall clock on every day without a change of clocks', () => {
    const quiet = at('2026-01-12T00:00Z');
    fc.assert(
      fc.property(
        window,
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 14 * 24 * 60 }),
        (one, zone, minutes) => {
          const now = quiet + minutes * MINUTE;
          expect(isInside(one, zone, now)).toBe(holds(one, zone, now));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is unknown only without windows', () => {
    expect(nextOpening([], 'UTC', 0)).toBeNull();
    expect(nextOpening([hours('00:00-24:00', [4])], 'UTC', 0)).toBe(7 * DAY);
    expect(nextOpening([hours('05:00-06:00', [4])], 'UTC', 5 * HOUR - 1)).toBe(5 * HOUR);
  });
});

/** The rule as one would say it: the hour is right today, or still runs from yesterday. */
const holds = ({ days, from, to, zone }: Window, deviceZone: string, now: number): boolean => {
  const clock = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(
    zone === 'utc' ? 'UTC' : deviceZone,
  );
  const minute = clock.hour * 60 + clock.minute;
  const [today, yesterday] = [clock.dayOfWeek, clock.subtract({ days: 1 }).dayOfWeek];
  if (from < to) return days.includes(today) && from <= minute && minute < to;
  return (days.includes(today) && minute >= from) || (days.includes(yesterday) && minute < to);
};
