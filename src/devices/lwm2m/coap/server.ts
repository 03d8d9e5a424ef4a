import type { Later } from '../../../app/waker.ts';
import type { Association } from '../transport.ts';
import { decodeBlock } from './block.ts';
import type { Channel } from './channel.ts';
import { createFreshness, type Freshness } from './freshness.ts';
import { createIncoming, type Incoming } from './incoming.ts';
import { type CoapLimits, DEFAULT_LIMITS, DEFAULT_TIMING } from './limits.ts';
import { type Message, option, optionOf, uint, uintOption } from './message.ts';
import { exchange, type SendOne, wholeResponse } from './outgoing.ts';
import type { CoapHandlers, CoapPeer, CoapServer, Exchange, OutgoingRequest, Timing } from './peer.ts';
import { readResponse, requestMessage } from './requests.ts';
import { dropLine, emptyLine, isAwaited, type Line, sendNext, takeTurn } from './turns.ts';

/** What exchanges need, whatever channel carries them. */
export type ExchangeDeps = {
  readonly channel: Channel;
  readonly clock: () => number;
  readonly later: Later;
  /** So many unpredictable bytes. */
  readonly random: (bytes: number) => Uint8Array;
  readonly limits?: Partial<CoapLimits>;
  /** Whether a device can be sent to that was not heard of yet: plain datagrams. */
  readonly isOpen?: boolean;
};

/** What is under way with one peer; there is none of it where nothing is. */
type Conversation = {
  readonly peer: CoapPeer;
  readonly line: Line;
  /** Requests that are not answered yet. */
  open: number;
  /** Whether it was dropped: what still comes of its requests is not sent. */
  isOver: boolean;
  /** The last of the transfers. */
  transfers: Promise<unknown>;
};

/**
 * Shorter than the tokens of observations, so that none is both. Four random bytes are what RFC 7252 5.3.1 wants where
 * nothing else keeps strangers from answering.
 */
const TOKEN = 4;
const GONE: Exchange = { ok: false, why: 'gone', offset: 0 };
const OVERFULL: Exchange = { ok: false, why: 'timeout', offset: 0 };

/**
 * Requests and responses of both sides over any channel: tokens, the queue of each device, blocks and observations. It
 * keeps nothing of a peer with which nothing is under way: a `CoapPeer` is no more than its association, and two of the
 * same association's key are the same peer.
 */
export const createExchangeServer = ({
  channel,
  clock,
  later,
  random,
  ...deps
}: ExchangeDeps): CoapServer => {
  const limits: CoapLimits = { ...DEFAULT_LIMITS, ...deps.limits };
  const conversations = new Map<string, Conversation>();
  const freshness = createFreshness(clock);
  let isClosed = false;

  const conversationWith = (peer: CoapPeer): Conversation => {
    const { key } = peer.association;
    const known = conversations.get(key);
    if (known !== undefined) return known;
    const fresh: Conversation = {
      peer,
      line: emptyLine(),
      open: 0,
      isOver: false,
      transfers: Promise.resolve(),
    };
    conversations.set(key, fresh);
    return fresh;
  };

  const sender =
    (conversation: Conversation, timing: Timing): SendOne =>
    async (build, priority, token = random(TOKEN)) =>
      conversation.isOver || isClosed
        ? { ok: false, why: 'gone' }
        : takeTurn({ channel, later }, conversation.peer.association, conversation.line, {
            message: build(token),
            timing,
            priority,
          });

  /** Keeps a conversation for as long as something is under way in it. */
  const converse = async <Answer>(
    peer: CoapPeer,
    overfull: Answer,
    work: (conversation: Conversation) => Promise<Answer>,
  ): Promise<Answer> => {
    const conversation = conversationWith(peer);
    if (conversation.open >= limits.queue) return overfull;
    conversation.open += 1;
    try {
      return await work(conversation);
    } finally {
      conversation.open -= 1;
      const { key } = peer.association;
      if (conversation.open === 0 && conversations.get(key) === conversation) conversations.delete(key);
    }
  };

  const exclusively =
    (conversation: Conversation) =>
    <Result>(work: () => Promise<Result>): Promise<Result> => {
      const { line, peer } = conversation;
      const mine = conversation.transfers.then(async () => {
        line.isTransferring = true;
        try {
          return await work();
        } finally {
          line.isTransferring = false;
          sendNext({ channel, later }, peer.association, line);
        }
      });
      conversation.transfers = mine.catch(() => undefined);
      return mine;
    };

  const drop = (key: string): void => {
    const conversation = conversations.get(key);
    if (conversation === undefined) return;
    conversations.delete(key);
    conversation.isOver = true;
    dropLine(conversation.line);
  };

  const most = limits.response;

  const request = (peer: CoapPeer, outgoing: OutgoingRequest, timing = DEFAULT_TIMING): Promise<Exchange> =>
    converse(peer, OVERFULL, (conversation) =>
      exchange(
        { send: sender(conversation, timing), exclusively: exclusively(conversation), most },
        outgoing,
      ),
    ).catch(() => GONE);

  type Observing = Parameters<CoapPeer['observe']>[0];

  /** A GET with Observe: 0 to begin, 1 to end (RFC 7641 2). */
  const askToObserve = (
    conversation: Conversation,
    { path, accept, token }: Observing,
    value: 0 | 1,
    timing: Timing,
  ): ReturnType<SendOne> =>
    sender(conversation, timing)(
      (own) =>
        requestMessage(
          { method: 'GET', path, ...(accept !== undefined && { accept }) },
          own,
          new Uint8Array(0),
          [{ number: option.observe, value: uint(value) }],
        ),
      value === 0 ? 'observe' : 'read',
      token,
    );

  const observe = (
    peer: CoapPeer,
    observing: Observing,
    timing = DEFAULT_TIMING,
  ): ReturnType<CoapPeer['observe']> =>
    converse<Awaited<ReturnType<CoapPeer['observe']>>>(peer, OVERFULL, async (conversation) => {
      // A device that has restarted counts from anew.
      freshness.forget(peer.association.key, observing.token);
      const answer = await askToObserve(conversation, observing, 0, timing);
      if (!answer.ok) return { ok: false, why: answer.why, offset: 0 };
      const { message } = answer;
      const sequence = uintOption(message, option.observe);
      const established = sequence !== undefined && message.code >> 5 === 2;
      if (established) freshness.isNews(peer.association.key, observing.token, sequence);
      const { path, accept } = observing;
      const again: OutgoingRequest = { method: 'GET', path, ...(accept !== undefined && { accept }) };
      const send = sender(conversation, timing);
      return { ...(await wholeResponse({ send, most }, again, message)), established };
    }).catch(() => GONE);

  const cancel = (peer: CoapPeer, observing: Observing, timing = DEFAULT_TIMING): void => {
    freshness.forget(peer.association.key, observing.token);
    converse(peer, undefined, async (conversation) => {
      await askToObserve(conversation, observing, 1, timing);
    }).catch(() => undefined);
  };

  /** What all peers have in common, so that each is an association and nothing else. */
  const methods = {
    request(this: CoapPeer, outgoing: OutgoingRequest, timing?: Timing) {
      return request(this, outgoing, timing);
    },
    observe(this: CoapPeer, observing: Observing, timing?: Timing) {
      return observe(this, observing, timing);
    },
    cancelObservation(this: CoapPeer, observing: Observing, timing?: Timing) {
      cancel(this, observing, timing);
    },
    drop(this: CoapPeer) {
      drop(this.association.key);
    },
  };

  const peerOf = (association: Association): CoapPeer => {
    const known = conversations.get(association.key);
    if (known !== undefined && known.peer.association === association) return known.peer;
    return Object.assign(Object.create(methods), { association });
  };

  const respond = (to: CoapHandlers, from: Association, message: Message): void => {
    const line = conversations.get(from.key)?.line;
    if (isAwaited(line, message.token)) line?.current?.end({ ok: true, message });
    else notify({ handlers: to, freshness, peer: peerOf(from) }, message);
  };

  const listen = (to: CoapHandlers, incoming: Incoming): ReturnType<Channel['listen']> =>
    channel.listen({
      request: incoming.request,
      expects: (from, token) =>
        isAwaited(conversations.get(from.key)?.line, token) || to.knows(peerOf(from), token),
      response: (from, message) => respond(to, from, message),
      gone: (key) => {
        const peer = conversations.get(key)?.peer ?? peerOf(forgotten(key));
        incoming.gone(key);
        drop(key);
        to.gone(peer);
      },
    });

  return {
    listen: (to) => listen(to, createIncoming({ clock, limits, handlers: to, peerOf })),
    ...(deps.isOpen === true && {
      reach: (association: Omit<Association, 'identity'>) => peerOf({ ...association, identity: undefined }),
    }),
    close: async () => {
      isClosed = true;
      for (const key of [...conversations.keys()]) drop(key);
      await channel.close();
    },
  };
};

/** Of an association that is gone, and with which nothing was under way, there is its key. */
const forgotten = (key: string): Association => ({ key, address: '', port: 0, identity: undefined });

type Notified = {
  readonly handlers: CoapHandlers;
  readonly freshness: Freshness;
  readonly peer: CoapPeer;
};

/** One that does not fit into a message: to whom it would be told a part is no help, and to read is up to them. */
const isPartial = (message: Message): boolean => {
  const value = optionOf(message, option.block2);
  return value !== undefined && decodeBlock(value)?.more !== false;
};

/** Tells of a notification that is news. One without Observe, or with an error, is the last (RFC 7641 3.2). */
const notify = ({ handlers, freshness, peer }: Notified, message: Message): void => {
  const { key } = peer.association;
  if (!handlers.knows(peer, message.token) || isPartial(message)) return;
  const response = readResponse(message, message.payload);
  if (response === undefined) return;
  const sequence = uintOption(message, option.observe);
  if (sequence === undefined || message.code >> 5 !== 2) freshness.forget(key, message.token);
  else if (!freshness.isNews(key, message.token, sequence)) return;
  handlers.notified(peer, message.token, response);
};
