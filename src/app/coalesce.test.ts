import { describe, expect, it } from 'vitest';
import { type Coalescer, coalescing, createCoalescer } from './coalesce.ts';

type Numbered = { readonly seq: number };
const range = (from: number, to: number): Numbered[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ seq: from + index }));

/** All messages that are taken when somebody asks every millisecond. */
const drain = (mail: Coalescer<Numbered>, from: number, milliseconds: number) =>
  Array.from({ length: milliseconds }, (_, index) => ({ now: from + index })).flatMap(({ now }) => {
    const parcel = mail.take(now);
    return parcel === undefined ? [] : [{ now, parcel }];
  });

describe('what waits for a stream', () => {
  it('goes at once when nothing was sent lately, and as one message', () => {
    const mail = createCoalescer<Numbered>(3);
    expect(mail.take(0)).toBeUndefined();
    mail.add(6, range(4, 6), []);
    expect(mail.take(0)).toEqual({ kind: 'events', events: range(4, 6), resume: 6 });
    expect(mail.idle()).toBe(true);
  });

  it('is never more than ten messages in any second, however much happens', () => {
    const mail = createCoalescer<Numbered>(0);
    const sent = Array.from({ length: 3_000 }, (_, now) => now).flatMap((now) => {
      mail.add(now + 1, [{ seq: now + 1 }], [{ campaign: now % 20, seq: now + 1 }]);
      return mail.take(now) === undefined ? [] : [now];
    });
    for (const from of sent) {
      expect(sent.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(10);
    }
    expect(sent.length).toBe(30);
  });

  it('has of each campaign the latest state only', () => {
    const mail = createCoalescer<Numbered>(0);
    mail.add(1, [], [{ campaign: 7, seq: 1 }]);
    mail.add(9, [], [{ campaign: 7, seq: 9 }]);
    expect(drain(mail, 0, 1_000)).toEqual([
      { now: 0, parcel: { kind: 'progress', campaign: 7, seq: 9, resume: 9 } },
    ]);
  });

  it('lets events and states take turns', () => {
    const mail = createCoalescer<Numbered>(0);
    mail.add(
      1_200,
      range(1, 1_200),
      [1, 2, 3].map((campaign) => ({ campaign, seq: campaign })),
    );
    const kinds = drain(mail, 0, 1_000).map(({ parcel }) => parcel.kind);
    expect(kinds).toEqual(['events', 'progress', 'events', 'progress', 'events', 'progress']);
  });

  it('is told up to where nothing waits any more, so that nobody who comes again misses anything', () => {
    const mail = createCoalescer<Numbered>(10);
    mail.add(20, range(12, 14), [{ campaign: 1, seq: 13 }]);
    expect(mail.told()).toBe(11);
    expect(mail.take(0)?.resume).toBe(12);
    expect(mail.take(100)?.resume).toBe(20);
    mail.add(30, [], []);
    expect(mail.told()).toBe(30);
  });

  it('tells of events in order, each once, in messages of a bounded size', () => {
    const mail = createCoalescer<Numbered>(0);
    mail.add(1_100, range(1, 1_100), []);
    const sizes: number[] = [];
    const told = drain(mail, 0, 1_000).flatMap(({ parcel }) => {
      const events = parcel.kind === 'events' ? parcel.events : [];
      sizes.push(events.length);
      return events;
    });
    expect(told).toEqual(range(1, 1_100));
    expect(sizes).toEqual([500, 500, 100]);
  });

  it('becomes a reset when it is too much, and goes on after that', () => {
    const mail = createCoalescer<Numbered>(0);
    const last = coalescing.waiting + 1;
    mail.add(last, range(1, last), [{ campaign: 1, seq: 2 }]);
    expect(mail.take(0)).toEqual({ kind: 'reset', resume: last });
    mail.add(last + 1, [{ seq: last + 1 }], []);
    expect(mail.take(100)).toMatchObject({ kind: 'events', events: [{ seq: last + 1 }], resume: last });
    expect(mail.take(200)).toMatchObject({ kind: 'progress', resume: last + 1 });
  });
});
