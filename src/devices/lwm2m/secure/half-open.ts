import type { Instant } from '../../../domain/time.ts';
import type { Association } from '../transport.ts';
import { flightBytes, type Numbers, openFrom, packKeys, sealTo } from './association.ts';
import {
  beginHandshake,
  type FlightPart,
  type Handshake,
  type ServerShare,
  type Turn,
  takeKey,
  takeMessage,
} from './handshake.ts';
import { type AlertReason, alertOf, alerts, type Fragment, readFragments } from './messages.ts';
import { addFragment, beginReassembly } from './reassembly.ts';
import { ALERT, type Content, HANDSHAKE, plainRecord, type RawRecord, TLS12_CID } from './record.ts';
import { emptyWindow, type ReplayWindow } from './replay.ts';

/** What a handshake that is done leaves behind. */
export type Opened = {
  readonly state: Extract<Handshake, { step: 'done' }>;
  readonly numbers: Numbers;
  readonly window: ReplayWindow;
  /** Sealed records that came before the Finished message that they belong behind. */
  readonly early: readonly RawRecord[];
};

/** What a handshake asks of the transport around it. */
export type HalfOpenEvents = {
  readonly send: (datagram: Uint8Array) => void;
  /** Look for the key of an identity; `takeKey` with what was found. */
  readonly find: (identity: string | undefined) => void;
  /** The device did not prove its key; it was told, once, and may go on trying until the time is over. */
  readonly unproven: () => void;
  /** It cannot go on; the device was told why. */
  readonly failed: () => void;
  readonly done: (opened: Opened) => void;
};

/** A handshake with a device whose address is proven, and its records; it ends with `failed`, `done` or its time. */
export type HalfOpen = {
  readonly from: Pick<Association, 'address' | 'port'>;
  /** The random of its ClientHello, by which a hello that was sent again is told from a new one. */
  readonly random: Uint8Array;
  readonly cid: Uint8Array;
  /** Takes fragments out of a record of epoch 0; `sequence` is the number of that record. */
  readonly takePlain: (fragments: readonly Fragment[], sequence: number) => void;
  readonly takeSealed: (record: RawRecord) => void;
  readonly takeKey: (key: { readonly known: boolean; readonly bytes: Uint8Array }) => void;
  /** Sends the flight again when it is time; false once the whole time is over. */
  readonly tick: (now: Instant) => boolean;
};

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;
/** How long a handshake may take in all. */
const PATIENCE = 90_000;
/** How long a device that was told of a wrong key may still turn out to have the right one. */
const GRACE = 5000;
/** Answers to hellos that come again, above those by the clock. */
const MOST_REPEATS = 8;
const MOST_EARLY = 4;
const LONGEST_EARLY = 2048;

/** Begins with the fragments of a hello whose cookie was right. */
export const openHalf = (
  of: {
    readonly from: HalfOpen['from'];
    readonly random: Uint8Array;
    readonly share: ServerShare;
    /** Number of the message and of the record that brought it. */
    readonly message: number;
    readonly record: number;
    readonly now: Instant;
  },
  events: HalfOpenEvents,
): HalfOpen => {
  let state: Handshake = beginHandshake(of.share);
  let incoming = beginReassembly(of.message);
  let early: readonly RawRecord[] = [];
  let complained = false;
  let until = of.now + PATIENCE;
  let hasEnded = false;
  let repeats = 0;
  let resend = { at: of.now + FIRST_WAIT, wait: FIRST_WAIT };
  const reading = { window: emptyWindow };
  const numbers: Numbers = { nextPlain: of.record, nextSequence: 0 };

  const sendFlight = (flight: readonly FlightPart[]): void => {
    const sealed = (content: Content): Uint8Array | undefined => {
      if (state.step !== 'done') return undefined;
      const to = { suite: state.suite, keys: packKeys(state), ...numbers };
      const record = sealTo(to, content);
      numbers.nextSequence = to.nextSequence;
      return record;
    };
    events.send(flightBytes(flight, numbers, sealed));
  };
  const complain = (reason: AlertReason): void => {
    events.send(plainRecord(ALERT, numbers.nextPlain, alertOf(reason)));
    numbers.nextPlain += 1;
  };
  const follow = (turn: Turn): void => {
    if (hasEnded) return;
    state = turn.state;
    if (turn.refuse !== undefined) {
      hasEnded = true;
      complain(turn.refuse);
      if (turn.refuse === alerts.decryptError) events.unproven();
      events.failed();
      return;
    }
    if (turn.send) sendFlight(turn.send);
    if (turn.find && state.step === 'lookup') events.find(state.identity);
    if (state.step !== 'done') return;
    hasEnded = true;
    events.done({ state, numbers, window: reading.window, early });
  };
  const takeFragments = (fragments: readonly Fragment[], epoch: number): void => {
    for (const fragment of fragments) {
      // Once it named its identity, a device has nothing to say any more that is not sealed.
      if (epoch === 0 && (state.step === 'lookup' || state.step === 'finished')) return;
      const taken = addFragment(incoming, fragment);
      incoming = taken.state;
      for (const message of taken.messages) follow(takeMessage(state, message, epoch));
    }
  };
  const keep = (record: RawRecord): void => {
    if (early.length < MOST_EARLY && record.body.length <= LONGEST_EARLY) early = [...early, record];
  };
  const unproven = (): void => {
    if (complained) return;
    complained = true;
    complain(alerts.decryptError);
    events.unproven();
  };
  const takeSealed = (record: RawRecord): void => {
    if (state.step !== 'finished') {
      keep(record);
      return;
    }
    // Data of a record without connection id shows its type: it waits until the device has proven its key.
    if (record.type !== HANDSHAKE && record.type !== TLS12_CID) {
      keep(record);
      return;
    }
    const probe = { suite: state.suite, keys: packKeys(state), ownCid: state.hello.cid ? 'own' : '' };
    const trial = { ...probe, window: reading.window };
    const opened = openFrom(trial, record);
    if (!opened) unproven();
    else if (opened.content.type === HANDSHAKE) {
      reading.window = trial.window;
      takeFragments(readFragments(opened.content.bytes), 1);
    } else keep(record);
  };

  return {
    from: of.from,
    random: of.random,
    cid: of.share.cid,
    takePlain: (fragments, sequence) => {
      if (state.step === 'hello') numbers.nextPlain = Math.max(numbers.nextPlain, sequence);
      const isRepeat = fragments.some((one) => one.sequence === of.message && one.offset === 0);
      if (isRepeat && repeats < MOST_REPEATS && state.step === 'key-exchange') {
        repeats += 1;
        sendFlight(state.flight);
      }
      takeFragments(fragments, 0);
    },
    takeSealed,
    takeKey: (key) => {
      if (state.step !== 'lookup') return;
      state = takeKey(state, key);
      // Nothing that came unsealed may stand in the way of what is sealed.
      incoming = beginReassembly(incoming.next);
      for (const record of early) {
        if (hasEnded) return;
        early = early.filter((one) => one !== record);
        takeSealed(record);
      }
    },
    tick: (now) => {
      if (complained) until = Math.min(until, now + GRACE);
      if (now >= until) return false;
      if (state.step === 'key-exchange' && now >= resend.at) {
        const wait = Math.min(2 * resend.wait, LONGEST_WAIT);
        resend = { at: now + wait, wait };
        sendFlight(state.flight);
      }
      return true;
    },
  };
};
