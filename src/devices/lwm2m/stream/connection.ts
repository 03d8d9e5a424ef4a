import type { Duplex } from 'node:stream';
import type { Later } from '../../../app/waker.ts';
import type { Association } from '../transport.ts';
import { createFrameReader, type Frame, frameBytes } from './frame.ts';
import type { StreamLimits } from './limits.ts';
import {
  ABORT,
  abort,
  CSM,
  OWN_MESSAGE_SIZE,
  ownCsm,
  PING,
  pongFor,
  RELEASE,
  readCsm,
  release,
} from './signals.ts';

/** What a connection tells whoever is above it. */
export type ConnectionEvents = {
  /** A request or a response came. */
  readonly frame: (frame: Frame) => void;
  /** Something came, whatever it was. */
  readonly heard: () => void;
  /** It is over; told once. */
  readonly closed: () => void;
};

/** One device over a stream: framing and signals of RFC 8323. */
export type Connection = {
  readonly association: Association;
  /** False when it cannot be sent: it is larger than the device takes. */
  readonly send: (frame: Frame) => boolean;
  /** Says goodbye and ends once all is written. */
  readonly release: () => void;
  /** Ends it now. */
  readonly cut: () => void;
  /** How many requests of the device wait for their response: a device that said Release gets those first. */
  readonly owe: (by: 1 | -1) => void;
};

/** What a connection needs from outside. */
export type ConnectionDeps = {
  readonly later: Later;
  readonly limits: Pick<StreamLimits, 'message' | 'unsent' | 'patience' | 'idle'>;
};

const EMPTY = 0;
const SIGNALS = 7;

/** Sends our CSM at once and waits for that of the device, which has to be its first message (RFC 8323 5.3). */
export const openConnection = (
  { later, limits }: ConnectionDeps,
  stream: Duplex,
  association: Association,
  events: ConnectionEvents,
): Connection => {
  const reader = createFrameReader(limits.message);
  let theirs: number | undefined;
  let owed = 0;
  let isLeaving = false;
  let stopPatience = (): void => undefined;
  let stopIdle = (): void => undefined;
  let isClosed = false;
  let hasPatience = false;

  const cut = (): void => {
    if (isClosed) return;
    isClosed = true;
    stopPatience();
    stopIdle();
    stream.destroy();
    events.closed();
  };
  const write = (frame: Frame): void => {
    if (isClosed) return;
    stream.write(frameBytes(frame));
    // A device that does not read is none that could be served.
    if (stream.writableLength > limits.unsent) cut();
  };
  const leave = (): void => {
    if (isClosed) return;
    isLeaving = true;
    stream.end();
    watch();
  };
  const giveUp = (why: string, badOption?: number): void => {
    write(abort(why, badOption));
    leave();
  };
  /** A time for what has begun, which later bytes do not lengthen. */
  const watch = (): void => {
    if (hasPatience || isClosed) return;
    hasPatience = true;
    stopPatience = later(cut, limits.patience);
  };
  const unwatch = (): void => {
    hasPatience = false;
    stopPatience();
  };
  const restartIdle = (): void => {
    stopIdle();
    stopIdle = later(() => {
      write(release());
      leave();
    }, limits.idle);
  };

  const takeCsm = (frame: Frame): void => {
    const read = readCsm(frame, theirs);
    if (read.ok) theirs = read.maxMessageSize;
    else giveUp('bad CSM', read.badOption);
  };
  const signals: Readonly<Record<number, (frame: Frame) => void>> = {
    [CSM]: takeCsm,
    [PING]: (frame) => write(pongFor(frame)),
    [RELEASE]: () => {
      isLeaving = true;
      if (owed === 0) leave();
    },
    [ABORT]: cut,
  };
  const take = (frame: Frame): void => {
    if (frame.code === EMPTY) return;
    if (theirs === undefined && frame.code !== CSM && frame.code !== ABORT) giveUp('CSM expected');
    else if (frame.code >> 5 === SIGNALS) signals[frame.code]?.(frame);
    else if (!isLeaving) events.frame(frame);
  };
  const takeBytes = (bytes: Uint8Array): void => {
    if (isClosed || stream.writableEnded) return;
    const frames = reader.add(bytes);
    if (!frames) {
      giveUp('malformed message');
      return;
    }
    if (frames.length > 0) {
      events.heard();
      restartIdle();
    }
    for (const frame of frames) take(frame);
    if (isLeaving) return;
    if (frames.length > 0 && theirs !== undefined) unwatch();
    if (reader.isWaiting()) watch();
  };

  stream.on('data', takeBytes);
  stream.on('error', cut);
  stream.on('end', cut);
  stream.on('close', cut);
  write(ownCsm());
  watch();
  restartIdle();

  return {
    association,
    send: (frame) => {
      const bytes = frame.body.length + frame.token.length + 6;
      if (bytes > (theirs ?? OWN_MESSAGE_SIZE)) return false;
      write(frame);
      return true;
    },
    release: () => {
      write(release());
      leave();
    },
    cut,
    owe: (by) => {
      owed += by;
      if (isLeaving && owed === 0 && !isClosed) leave();
    },
  };
};
