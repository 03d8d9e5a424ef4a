import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a network does to the bytes of all its connections. */
export type Toxic =
  | { readonly kind: 'none' }
  /** Bytes arrive so many milliseconds late, and so many in a second; 0 for any. */
  | { readonly kind: 'slow'; readonly latency: number; readonly bytesPerSecond: number }
  /** Nothing comes through, of connections that are there and of new ones, and nobody is told. */
  | { readonly kind: 'silent' };

/** A TCP proxy of which connections can be made worse, or ended. */
export type ToxicProxy = {
  readonly port: number;
  readonly set: (toxic: Toxic) => void;
  /** Ends all connections by a reset, as a peer does that knows nothing of them. */
  readonly reset: () => void;
  /** From now on nothing comes through those that are there, as if their other end had lost its power; new ones are well. */
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
};

/** A connection, and the one that it is handed on by. */
type Pair = { readonly client: Socket; readonly upstream: Socket; isForgotten: boolean };

const TICK = 20;

/** Opens a proxy to a port of this machine. */
export const startToxicProxy = async (target: number): Promise<ToxicProxy> => {
  const pairs = new Set<Pair>();
  let toxic: Toxic = { kind: 'none' };

  /** Waits as long as the network takes for these bytes; for ever where it has forgotten their connection. */
  const suffer = async (bytes: Buffer, from: Socket, pair: Pair): Promise<void> => {
    if (toxic.kind === 'slow') {
      const { latency, bytesPerSecond } = toxic;
      await sleep(latency + (bytesPerSecond === 0 ? 0 : (bytes.length * 1_000) / bytesPerSecond));
    }
    while ((toxic.kind === 'silent' || pair.isForgotten) && !from.destroyed) await sleep(TICK);
  };

  const carry = async (from: Socket, to: Socket, pair: Pair): Promise<void> => {
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        await suffer(bytes, from, pair);
        to.write(bytes);
      }
      if (!pair.isForgotten) to.end();
    } catch {
      if (!pair.isForgotten) to.destroy();
    }
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair: Pair = { client, upstream, isForgotten: false };
    pairs.add(pair);
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on('error', () => undefined);
      one.once('close', () => {
        if (pair.isForgotten && one === upstream) return;
        other.destroy();
        pairs.delete(pair);
      });
      void carry(one, other, pair);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    set: (next) => {
      toxic = next;
    },
    reset: () => {
      for (const { client, upstream } of pairs)
        for (const socket of [client, upstream]) socket.resetAndDestroy();
    },
    forget: () => {
      for (const pair of pairs) {
        pair.isForgotten = true;
        // PostgreSQL notices; whoever is at this end does not.
        pair.upstream.destroy();
      }
    },
    stop: async () => {
      for (const { client, upstream } of pairs) for (const socket of [client, upstream]) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
