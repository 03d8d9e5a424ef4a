import type { Later } from '../../../app/waker.ts';
import type { Association, SecureDatagram } from '../transport.ts';
import type { Channel, ChannelEvents, Delivery, Reply } from './channel.ts';
import { type Datagram, decodeDatagram, emptyDatagram, encodeDatagram } from './codec.ts';
import { createKnownPeers, type KnownPeer } from './known-peers.ts';
import { type CoapLimits, DEFAULT_TIMING } from './limits.ts';
import { isRequest, isResponse, type Message } from './message.ts';
import type { Timing } from './peer.ts';
import { nextId, transmit } from './retransmission.ts';
import { forget, packed, recall, remember, type Seen, unpacked } from './seen.ts';

/** What a message layer needs from outside. */
export type MessageLayerDeps = {
  readonly transport: SecureDatagram;
  readonly clock: () => number;
  readonly later: Later;
  /** So many unpredictable bytes. */
  readonly random: (bytes: number) => Uint8Array;
  readonly limits: CoapLimits;
};

/** So many times the bytes of a request may go to an address that has never shown that somebody is there (RFC 9175 2.4). */
const AMPLIFICATION = 3;

/** How often a response goes out again: whoever forges an address would have us flood it. */
const repeatsWithin = (asked: number, response: number): number =>
  Math.min(DEFAULT_TIMING.maxRetransmit, Math.max(0, Math.floor((AMPLIFICATION * asked) / response) - 1));

/** A message layer, and how many peers it keeps something of. */
export type MessageLayer = Channel & { readonly known: () => number };

const GET = 1;
const FETCH = 5;
/** A larger reply to a request that changes nothing is not kept: a copy is answered anew (RFC 7252 4.5). */
const LARGEST_KEPT = 128;

/** The message layer of RFC 7252 section 4 over one socket, for all peers that it reaches. */
export const createMessageLayer = (deps: MessageLayerDeps): MessageLayer => {
  const { transport, clock, later, random, limits } = deps;
  const number16 = (): number => {
    const [high = 0, low = 0] = random(2);
    return high * 256 + low;
  };
  const peers = createKnownPeers({ clock, later, most: limits.peers, firstId: number16 });
  const send = (key: string, bytes: Uint8Array): void => transport.send({ key }, bytes);
  const transmission = { later, fraction: () => number16() / 65_536, send };
  const reset = (key: string, id: number): void => send(key, emptyDatagram('rst', id));
  const acknowledge = (key: string, id: number): void => send(key, emptyDatagram('ack', id));
  let isClosed = false;

  /** Answers a copy as its first was; what is still being thought about is answered in time. */
  const repeat = (key: string, { reply }: Seen): void => {
    if (reply !== undefined) send(key, unpacked(reply));
  };

  /** Sends a response after an empty ACK went ahead: in a confirmable message of our own. `asked`: bytes of the request. */
  const sendSeparately = (key: string, message: Message, asked: number): void => {
    const peer = peers.touch(key);
    const id = nextId(peer);
    const bytes = encodeDatagram('con', id, message);
    const isThere = peer.isThere || transport.scheme === 'coaps';
    const maxRetransmit = isThere ? DEFAULT_TIMING.maxRetransmit : repeatsWithin(asked, bytes.length);
    transmit(transmission, peer, id, bytes, { ...DEFAULT_TIMING, maxRetransmit }, () => undefined);
  };

  const keep = (peer: KnownPeer, seen: Seen, request: Message, bytes: Uint8Array): void => {
    seen.busy = false;
    const changesNothing = request.code === GET || request.code === FETCH;
    if (changesNothing && bytes.length > LARGEST_KEPT) forget(peer, seen);
    else seen.reply = packed(bytes);
  };

  /** One request with its way back: piggybacked if the reply comes soon, else separate; non-confirmable as it came. */
  const answering = (peer: KnownPeer, seen: Seen, datagram: Datagram, request: Message, asked: number) => {
    const { key } = peer;
    const isConfirmable = datagram.type === 'con';
    let isSeparate = false;
    const callOff = isConfirmable
      ? later(() => {
          isSeparate = true;
          seen.reply = packed(emptyDatagram('ack', datagram.id));
          acknowledge(key, datagram.id);
        }, limits.acknowledgeAfter)
      : () => undefined;
    return (reply: Reply): void => {
      callOff();
      if (isClosed) return;
      const message = { ...reply, token: request.token };
      if (isSeparate) {
        seen.busy = false;
        sendSeparately(key, message, asked);
        return;
      }
      const [type, id] = isConfirmable ? (['ack', datagram.id] as const) : (['non', nextId(peer)] as const);
      const bytes = encodeDatagram(type, id, message);
      keep(peer, seen, request, bytes);
      send(key, bytes);
    };
  };

  const onRequest = (
    events: ChannelEvents,
    from: Association,
    datagram: Datagram,
    message: Message,
    asked: number,
  ): void => {
    const now = clock();
    const peer = peers.touch(from.key);
    const before = recall(peer, datagram.id, now);
    if (before !== undefined) {
      repeat(from.key, before);
      return;
    }
    const confirmable = datagram.type === 'con';
    const seen = remember(peer, datagram.id, { now, confirmable, most: limits.remembered });
    // Who asks more at a time than is remembered is not heard, and asks again.
    if (seen === undefined) return;
    events.request(from, message, answering(peer, seen, datagram, message, asked));
  };

  const onConfirmableResponse = (
    events: ChannelEvents,
    from: Association,
    id: number,
    message: Message,
  ): void => {
    const now = clock();
    const known = peers.find(from.key);
    const before = known && recall(known, id, now);
    if (before !== undefined) {
      repeat(from.key, before);
      return;
    }
    if (!events.expects(from, message.token)) {
      reset(from.key, id);
      return;
    }
    const seen = remember(peers.touch(from.key), id, { now, confirmable: true, most: limits.remembered });
    if (seen !== undefined) {
      seen.busy = false;
      seen.reply = packed(emptyDatagram('ack', id));
    }
    acknowledge(from.key, id);
    events.response(from, message);
  };

  const onResponse = (
    events: ChannelEvents,
    from: Association,
    datagram: Datagram,
    message: Message,
  ): void => {
    if (datagram.type === 'con') {
      onConfirmableResponse(events, from, datagram.id, message);
    } else if (datagram.type === 'ack') {
      settle(from.key, datagram.id, 'acknowledged', () => events.response(from, message));
    } else if (events.expects(from, message.token)) {
      events.response(from, message);
    } else {
      reset(from.key, datagram.id);
    }
  };

  /**
   * An acknowledgement or a reset of that peer: its own message of that id is not sent again. One of no such message is
   * a copy that comes late, and so is the response in it: the blocks of a transfer share their token.
   */
  const settle = (
    key: string,
    id: number,
    what: 'acknowledged' | 'reset',
    response = (): void => undefined,
  ): void => {
    const peer = peers.find(key);
    const sent = peer?.unacknowledged?.get(id);
    if (peer === undefined || sent === undefined) return;
    peer.isThere = true;
    sent.stop();
    response();
    sent.told(what);
  };

  const onEmpty = (from: Association, { type, id }: Datagram): void => {
    if (type === 'con') reset(from.key, id);
    else if (type === 'ack') settle(from.key, id, 'acknowledged');
    else if (type === 'rst') settle(from.key, id, 'reset');
  };

  const onDatagram = (events: ChannelEvents, from: Association, bytes: Uint8Array): void => {
    const decoded = decodeDatagram(bytes);
    if (!decoded.ok) {
      if (decoded.do === 'reset') reset(from.key, decoded.id);
      return;
    }
    const { datagram } = decoded;
    const { type, id, message } = datagram;
    if (message === undefined) onEmpty(from, datagram);
    else if (type === 'rst') return;
    else if (isResponse(message.code)) onResponse(events, from, datagram, message);
    else if (type !== 'ack' && isRequest(message.code))
      onRequest(events, from, datagram, message, bytes.length);
    else if (type === 'con') reset(from.key, id);
  };

  const onGone = (events: ChannelEvents, key: string): void => {
    const peer = peers.take(key);
    for (const sent of [...(peer?.unacknowledged?.values() ?? [])]) {
      sent.stop();
      sent.told('gone');
    }
    events.gone(key);
  };

  return {
    known: peers.count,
    listen: (events) =>
      transport.listen({
        message: (from, bytes) => {
          if (!isClosed) onDatagram(events, from, bytes);
        },
        gone: (key) => {
          if (!isClosed) onGone(events, key);
        },
      }),
    send: ({ key }, request, timing: Timing, told: (what: Delivery) => void) => {
      const peer = peers.touch(key);
      const id = nextId(peer);
      let isOver = false;
      const stop = transmit(transmission, peer, id, encodeDatagram('con', id, request), timing, (ending) => {
        if (!isOver) told(ending === 'given-up' ? 'timeout' : ending);
      });
      return () => {
        isOver = true;
        stop();
      };
    },
    close: async () => {
      isClosed = true;
      for (const { unacknowledged } of peers.close()) {
        for (const sent of [...(unacknowledged?.values() ?? [])]) sent.stop();
      }
      await transport.close();
    },
  };
};
