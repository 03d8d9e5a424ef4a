import type { Clock } from '../../../app/ports.ts';
import type { Later } from '../../../app/waker.ts';
import type { Channel, ChannelEvents, Reply } from '../coap/channel.ts';
import { decodeBody, encodeBody } from '../coap/codec.ts';
import { isRequest, isResponse, type Message } from '../coap/message.ts';
import type { Association } from '../transport.ts';
import { type Connection, openConnection } from './connection.ts';
import type { StreamDoor } from './door.ts';
import type { Frame } from './frame.ts';
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from './limits.ts';

/** What the message layer over streams needs from outside. */
export type StreamChannelDeps = {
  readonly door: StreamDoor;
  readonly clock: Clock;
  readonly later: Later;
  /** Looks a key up again, so that a device whose key was revoked is cut off. */
  readonly findKey: (identity: string) => Promise<Uint8Array | undefined>;
  /** Is told why a key could not be looked up. */
  readonly trouble: (error: unknown) => void;
  readonly limits?: Partial<StreamLimits>;
};

/** Connections of one device: that on which it registered, others for downloads (A1.13), and such as it lost. */
const OF_ONE_IDENTITY = 4;
/** How long devices have for their part of the goodbye when the server stops. */
const GOODBYE = 1000;

/** The message layer of RFC 8323: TCP delivers in order and once, so that little is left but framing and signals. */
export const createStreamChannel = (deps: StreamChannelDeps): Channel => {
  const { door, clock, later } = deps;
  const limits: StreamLimits = { ...DEFAULT_STREAM_LIMITS, ...deps.limits };
  const connections = new Map<string, Connection>();
  const identities = new Map<string, readonly Connection[]>();
  let made = 0;

  const ofIdentity = (identity: string): readonly Connection[] => identities.get(identity) ?? [];
  const forget = (connection: Connection): void => {
    const { key, identity } = connection.association;
    connections.delete(key);
    if (identity === undefined) return;
    const others = ofIdentity(identity).filter((one) => one !== connection);
    if (others.length > 0) identities.set(identity, others);
    else identities.delete(identity);
  };
  /** A device that comes again and again has lost the connections that it had. */
  const remember = (connection: Connection): void => {
    const { key, identity } = connection.association;
    connections.set(key, connection);
    if (identity === undefined) return;
    const before = ofIdentity(identity);
    identities.set(identity, [...before, connection]);
    if (before.length >= OF_ONE_IDENTITY) before[0]?.cut();
  };
  const createRecheck = (identity: string | undefined, cut: () => void): (() => void) => {
    let checkedAt = clock();
    return () => {
      if (identity === undefined || clock() - checkedAt < limits.recheck) return;
      checkedAt = clock();
      deps.findKey(identity).then((key) => {
        if (!key) cut();
      }, deps.trouble);
    };
  };

  return {
    listen: (events) =>
      door.listen((stream, { address, port, identity }) => {
        made += 1;
        const association: Association = { key: `stream ${made}`, address, port, identity };
        const connection: Connection = openConnection({ later, limits }, stream, association, {
          frame: (frame) => takeFrame(events, connection, frame),
          heard: () => recheck(),
          closed: () => {
            forget(connection);
            events.gone(association.key);
          },
        });
        const recheck = createRecheck(identity, connection.cut);
        remember(connection);
      }),
    send: (to, request, _timing, told) => {
      const connection = connections.get(to.key);
      if (!connection) told('gone');
      else told(connection.send(frameOf(request)) ? 'acknowledged' : 'reset');
      return () => undefined;
    },
    close: async () => {
      for (const connection of [...connections.values()]) connection.release();
      const stop = later(() => {
        for (const connection of [...connections.values()]) connection.cut();
      }, GOODBYE);
      await door.close();
      stop();
    },
  };
};

const frameOf = (message: Message): Frame => ({
  code: message.code,
  token: message.token,
  body: encodeBody(message),
});

const takeFrame = (events: ChannelEvents, connection: Connection, frame: Frame): void => {
  const message = decodeBody(frame.code, frame.token, frame.body);
  const { association } = connection;
  // RFC 8323 3.2 leaves it open what to do about a malformed message; over a stream it will not get better.
  if (!message) connection.cut();
  else if (isResponse(message.code)) events.response(association, message);
  else if (isRequest(message.code)) {
    connection.owe(1);
    events.request(association, message, (reply: Reply) => {
      connection.send(frameOf({ ...reply, token: message.token }));
      connection.owe(-1);
    });
  }
};
