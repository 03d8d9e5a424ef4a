/** Something with its number in the account. */
type Numbered = { readonly seq: number };

/**
 * What a stream is told next. `resume` is the number up to which everything was told once this is: where a client goes
 * on after it was cut off.
 */
export type Parcel<Event extends Numbered> = { readonly resume: number } & (
  | { readonly kind: 'events'; readonly events: readonly Event[] }
  /** Something of this campaign has moved; `seq` is the latest event that says so. */
  | { readonly kind: 'progress'; readonly campaign: number; readonly seq: number }
  /** More happened than can be told: whoever follows has to read anew. */
  | { readonly kind: 'reset' }
);

export const coalescing = {
  /** Milliseconds between two messages of a stream. */
  pause: 100,
  /** Events in one message. */
  events: 500,
  /** Events that wait; beyond that a stream is told to read anew. */
  waiting: 5_000,
} as const;

/** What waits to be told to one stream, in as few messages as possible. Instants are milliseconds of any one clock. */
export type Coalescer<Event extends Numbered> = {
  /** Everything up to a number was looked at: these events of it are to be told, and these campaigns have moved. */
  readonly add: (upTo: number, events: readonly Event[], moved: readonly Moved[]) => void;
  /** What waits is not told any more, nor is what was missed up to a number. */
  readonly reset: (upTo: number) => void;
  /** The next message, unless nothing waits or the last was sent too short a time ago. */
  readonly take: (now: number) => Parcel<Event> | undefined;
  /** How many events wait. */
  readonly waiting: () => number;
  readonly idle: () => boolean;
  /** Up to which number everything was told. */
  readonly told: () => number;
};

/** A campaign, and the event by which it has moved. */
export type Moved = { readonly campaign: number; readonly seq: number };

type Mark = { readonly since: number; readonly latest: number };

/** Of each campaign only the latest state is wanted; events and states take turns, so that neither holds up the other. */
export const createCoalescer = <Event extends Numbered>(from: number): Coalescer<Event> => {
  let events: Event[] = [];
  /** In the order in which they moved first. */
  const marks = new Map<number, Mark>();
  let seen = from;
  let isReset = false;
  let eventsNext = true;
  let lastAt = Number.NEGATIVE_INFINITY;

  const told = (): number => {
    const firstEvent = events[0]?.seq ?? Number.POSITIVE_INFINITY;
    let firstMark = Number.POSITIVE_INFINITY;
    for (const { since } of marks.values()) firstMark = Math.min(firstMark, since);
    return Math.min(seen, firstEvent - 1, firstMark - 1);
  };

  const reset = (upTo: number): void => {
    events = [];
    seen = upTo;
    isReset = true;
    for (const [campaign, { latest }] of marks) marks.set(campaign, { since: upTo + 1, latest });
  };

  const takeEvents = (): Parcel<Event> => {
    const taken = events.slice(0, coalescing.events);
    events = events.slice(coalescing.events);
    eventsNext = false;
    return { kind: 'events', events: taken, resume: told() };
  };

  const takeProgress = (campaign: number, { latest }: Mark): Parcel<Event> => {
    marks.delete(campaign);
    eventsNext = true;
    return { kind: 'progress', campaign, seq: latest, resume: told() };
  };

  const next = (): Parcel<Event> | undefined => {
    if (isReset) {
      isReset = false;
      return { kind: 'reset', resume: told() };
    }
    const [mark] = marks;
    if (events.length > 0 && (eventsNext || mark === undefined)) return takeEvents();
    return mark === undefined ? undefined : takeProgress(...mark);
  };

  return {
    add: (upTo, more, moved) => {
      seen = Math.max(seen, upTo);
      events.push(...more);
      for (const { campaign, seq } of moved) {
        const mark = marks.get(campaign);
        marks.set(campaign, { since: mark?.since ?? seq, latest: Math.max(mark?.latest ?? 0, seq) });
      }
      if (events.length > coalescing.waiting) reset(seen);
    },
    reset,
    take: (now) => {
      if (now - lastAt < coalescing.pause) return undefined;
      const parcel = next();
      if (parcel !== undefined) lastAt = now;
      return parcel;
    },
    waiting: () => events.length,
    idle: () => events.length === 0 && marks.size === 0 && !isReset,
    told,
  };
};
