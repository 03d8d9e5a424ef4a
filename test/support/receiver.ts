import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certified } from './certificate.ts';

/** A message as it came. */
export type Received = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Receiver = {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Resolves once so many have come in all. */
  readonly came: (count: number) => Promise<readonly Received[]>;
  readonly close: () => Promise<void>;
};

/** What to answer to a message; `before` counts those that came earlier. */
export type Answering = (reply: ServerResponse, message: Received, before: number) => void;

export const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Answering =>
  (reply) => {
    reply.writeHead(status, headers);
    reply.end(body);
  };

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const headersOf = ({ headers }: IncomingMessage): Received['headers'] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** A receiver of webhooks on this machine, which keeps what comes; with a certificate it speaks TLS. */
export const startReceiver = async (
  answer: Answering = answering(204),
  certified?: Certified,
): Promise<Receiver> => {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const receive = async (request: IncomingMessage, reply: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const message = { path: request.url ?? '', headers: headersOf(request), body };
    received.push(message);
    answer(reply, message, received.length - 1);
    for (const look of waiting) look();
  };
  const listen = (request: IncomingMessage, reply: ServerResponse): void => {
    // A sender that breaks off is part of some tests.
    receive(request, reply).catch(() => undefined);
  };
  const server: Server = certified === undefined ? createServer(listen) : createTlsServer(certified, listen);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `${certified === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook`,
    port,
    received,
    came: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve(received);
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
