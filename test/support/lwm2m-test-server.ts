import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, ObserveReadStream, type OutgoingMessage } from 'coap';

/** What a device answered. */
export type Answer = { readonly code: string; readonly payload: Buffer; readonly format: unknown };

export type Question = {
  readonly method?: 'GET' | 'PUT' | 'POST';
  readonly accept?: number;
  readonly format?: number;
  readonly payload?: Buffer | string;
  /** Sends the payload with Block1, in blocks of 2^(szx+4) bytes. */
  readonly szx?: number;
};

/** A server that does what a test tells it, made of npm's `coap`. */
export type ScriptedServer = {
  readonly port: number;
  /** Methods and URLs of all that devices asked, in order. */
  readonly asked: readonly string[];
  readonly ask: (device: number, path: string, question?: Question) => Promise<Answer>;
  /** What was notified goes into the list that is given back, the first answer included. */
  readonly observe: (
    device: number,
    path: string,
  ) => Promise<{ readonly code: string; readonly values: string[] }>;
  readonly close: () => void;
};

/** Registers everybody; serves `files` by path. `refuse` answers registrations with that code. */
export const openScriptedServer = async (
  files: ReadonlyMap<string, Buffer> = new Map(),
  refuse?: string,
): Promise<ScriptedServer> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const [path = ''] = request.url.split('?');
    const file = files.get(path);
    const codes: Readonly<Record<string, string>> = {
      GET: file ? '2.05' : '4.04',
      POST: '2.04',
      DELETE: '2.02',
    };
    response.statusCode = codes[request.method] ?? '4.05';
    if (path === '/rd') {
      response.statusCode = refuse ?? '2.01';
      response.setOption('Location-Path', [Buffer.from('rd'), Buffer.from(`r${asked.length}`)]);
    }
    response.end(file ?? '');
  });
  server.listen(socket);
  const agent = new Agent({ socket });
  const open = new Set<OutgoingMessage>();
  const question = (
    device: number,
    path: string,
    { method = 'GET', accept, format, szx }: Question,
    observe = false,
  ) => {
    const request = agent.request({ hostname: '127.0.0.1', port: device, method, pathname: path, observe });
    open.add(request);
    request.once('response', () => observe || open.delete(request));
    if (accept !== undefined) request.setOption('Accept', accept);
    if (format !== undefined) request.setOption('Content-Format', format);
    if (szx !== undefined) request.setOption('Block1', Buffer.of(szx));
    return request;
  };
  return {
    port: socket.address().port,
    asked,
    ask: (device, path, asking = {}) =>
      new Promise((resolve, reject) => {
        const request = question(device, path, asking);
        request.on('response', ({ code, payload, headers }: IncomingMessage) =>
          resolve({ code, payload, format: headers['Content-Format'] }),
        );
        request.on('error', reject);
        request.end(asking.payload ?? '');
      }),
    observe: (device, path) =>
      new Promise((resolve, reject) => {
        const request = question(device, path, { accept: 0 }, true);
        request.on('response', (response: IncomingMessage) => {
          const values: string[] = [];
          if (response instanceof ObserveReadStream) {
            response.on('data', (value: Buffer) => values.push(value.toString()));
          }
          resolve({ code: response.code, values });
        });
        request.on('error', reject);
        request.end();
      }),
    close: () => {
      // What was never answered would be sent again on a closed socket.
      for (const request of open) agent.abort(request);
      server.close();
      socket.close();
    },
  };
};
