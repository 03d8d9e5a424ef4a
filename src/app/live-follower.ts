import type { CampaignKey } from '../domain/ids.ts';
import { SECOND } from '../domain/time.ts';
import { type Coalescer, coalescing, createCoalescer, type Parcel } from './coalesce.ts';
import { type Feed, movedIn, type NamedEvent, type Progress, type Told } from './live-feed.ts';
import { shows, showsProgress, type View } from './live-view.ts';

/** A message of a stream; `resume` is where a client goes on that had it. */
export type LiveMessage = { readonly resume: number } & (
  | { readonly kind: 'events'; readonly events: readonly NamedEvent[] }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'reset' }
);

/** What a stream is told over. */
export type Line = {
  /** Whether what was sent before has left, so that there is room for more. */
  readonly ready: () => boolean;
  readonly send: (message: LiveMessage) => void;
  /** Says that it is still there, and where to go on. */
  readonly beat: (resume: number) => void;
  /** Closes it once what was sent has left. */
  readonly end: () => void;
  /** Closes it at once: nobody reads at the other end. */
  readonly drop: () => void;
};

/** One who follows an account. */
export type Follower = {
  readonly view: View;
  /** Where it goes on from; more than can be told again becomes a reset. */
  readonly begin: (feed: Feed, newest: number, after: number | undefined) => Promise<void>;
  readonly add: (told: Told) => void;
  /** Reads a piece of what it missed, while there is any. */
  readonly catchUp: (feed: Feed) => Promise<void>;
  /** Sends what is due, one message at most. */
  readonly tell: (feed: Feed, now: number) => Promise<void>;
  readonly hasMail: () => boolean;
  readonly end: () => void;
};

export const followerLimits = {
  /** Milliseconds of silence after which it is told that the stream is still there. */
  beat: 15 * SECOND,
  /** How often it is asked whether it may still follow. */
  check: 30 * SECOND,
  /** How long it may leave what was sent unread. */
  patience: 15 * SECOND,
  /** Events that are told again at most. */
  replay: 20_000,
} as const;

type Options = {
  readonly line: Line;
  readonly view: View;
  readonly check: () => Promise<boolean>;
  readonly joined: number;
};

export const createFollower = ({ line, view, check, joined }: Options): Follower => {
  let mail: Coalescer<NamedEvent> = createCoalescer(0);
  /** Up to where its events were taken; behind the feed until it has caught up, before that `undefined`. */
  let at: number | undefined;
  let caughtUp = false;
  let over = false;
  let spokeAt = joined;
  let checkedAt = joined;
  let readyAt = joined;

  const take = ({ upTo, events }: Told): void => {
    const from = at ?? 0;
    const fresh = events.filter(({ seq }) => seq > from);
    const shown = fresh.filter(({ event }) => shows(view, event));
    const moved = movedIn(fresh, (event) => showsProgress(view, event));
    at = Math.max(from, upTo);
    mail.add(at, shown, moved);
  };

  const jumpTo = (newest: number): void => {
    at = newest;
    caughtUp = true;
    mail.reset(newest);
  };

  const finish = (how: () => void): void => {
    if (over) return;
    over = true;
    how();
  };

  /** A stream that may not go on any more ends; one whose caller cannot be looked up goes on until the next look. */
  const verify = async (now: number): Promise<void> => {
    if (now - checkedAt < followerLimits.check) return;
    checkedAt = now;
    if (!(await check().catch(() => true))) finish(line.end);
  };

  const send = async (feed: Feed, parcel: Parcel<NamedEvent>): Promise<boolean> => {
    if (parcel.kind !== 'progress') {
      line.send(parcel);
      return true;
    }
    // The coalescer knows campaigns by the number that their key is.
    const progress = await feed.progress(parcel.campaign as CampaignKey, parcel.seq);
    if (progress === undefined || over) return false;
    line.send({ kind: 'progress', progress, resume: parcel.resume });
    return true;
  };

  const speak = async (feed: Feed, now: number): Promise<void> => {
    const parcel = mail.take(now);
    if (parcel !== undefined && (await send(feed, parcel))) spokeAt = now;
    if (over || now - spokeAt < followerLimits.beat) return;
    spokeAt = now;
    line.beat(mail.told());
  };

  return {
    view,
    begin: async (feed, newest, after) => {
      const from = after ?? newest;
      mail = createCoalescer(from);
      const last = from > newest || newest - from > followerLimits.replay ? await feed.newest() : undefined;
      if (last !== undefined && (from > last || last - from > followerLimits.replay)) jumpTo(last);
      else {
        at = from;
        caughtUp = from === feed.seen();
      }
      if (view.campaign !== null && view.campaigns && view.device === null) {
        mail.add(at ?? from, [], [{ campaign: view.campaign, seq: (at ?? from) + 1 }]);
      }
      line.beat(mail.told());
    },
    add: (told) => {
      if (caughtUp && !over) take(told);
    },
    catchUp: async (feed) => {
      if (at === undefined || caughtUp || over || mail.waiting() > coalescing.events) return;
      const piece = await feed.piece({ view }, at);
      if (piece === undefined) return jumpTo(await feed.newest());
      take(piece);
      caughtUp = at >= feed.seen();
    },
    tell: async (feed, now) => {
      if (over || at === undefined) return;
      await verify(now);
      if (over) return;
      if (line.ready()) {
        readyAt = now;
        await speak(feed, now);
      } else if (now - readyAt > followerLimits.patience) finish(line.drop);
    },
    hasMail: () => !over && at !== undefined && (!caughtUp || !mail.idle()),
    end: () => finish(line.end),
  };
};
