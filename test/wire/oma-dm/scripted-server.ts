import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contentTypeOf, encodingOf, readMessage, writeMessage } from '../../../src/devices/oma-dm/codec.ts';
import { writeDescriptor } from '../../../src/devices/oma-dm/descriptor.ts';
import type { Chal, Command, Header, Message } from '../../../src/devices/oma-dm/message.ts';

/** What a scripted server says to one message. */
export type Reply = {
  readonly commands?: readonly Command[];
  /** Code and challenge in the Status for the header of what came. */
  readonly code?: number;
  readonly chal?: Chal;
  readonly header?: Partial<Header>;
  readonly final?: boolean;
  readonly mac?: (body: Uint8Array) => string;
};
export type Heard = {
  readonly message: Message;
  readonly bytes: Buffer;
  readonly mac: string;
  readonly path: string;
};

/** Servers that were started here; whoever starts some closes them. */
export const servers: Server[] = [];

export const image = Buffer.from('image version=2.0 of a bridge');

const bodyOf = async (request: AsyncIterable<Buffer>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(request));

/** A server that answers each message with what the script has next, and serves an image and its descriptor. */
export const startScript = async (script: readonly ((heard: Heard) => Reply)[]) => {
  const heard: Heard[] = [];
  const notified: string[] = [];
  const files: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const path = request.url ?? '';
    const encoding = encodingOf(request.headers['content-type'] ?? '');
    if (encoding !== undefined) {
      const read = readMessage(body, encoding);
      if (!read.ok) return response.writeHead(400).end(read.refusal.expected);
      const mac = `${request.headers['x-syncml-hmac'] ?? ''}`;
      const one = { message: read.value, bytes: body, mac, path };
      heard.push(one);
      const reply = script[heard.length - 1]?.(one) ?? {};
      const bytes = writeMessage(answerTo(read.value, reply), encoding);
      const macHeader = reply.mac && { 'x-syncml-hmac': reply.mac(bytes) };
      return response.writeHead(200, { 'content-type': contentTypeOf(encoding), ...macHeader }).end(bytes);
    }
    files.push(`${request.method} ${path}`);
    if (path === '/notify') {
      notified.push(body.toString());
      return response.end();
    }
    const isDescriptor = path === '/dd';
    const sent = isDescriptor
      ? Buffer.from(
          writeDescriptor({
            types: ['application/octet-stream'],
            size: image.length,
            objectUri: `${url}/image`,
            installNotifyUri: `${url}/notify`,
          }),
        )
      : image;
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = start === undefined ? sent : sent.subarray(Number(start), Number(end) + 1);
    response.writeHead(start === undefined ? 200 : 206, {
      'content-type': isDescriptor ? 'application/vnd.oma.dd+xml' : 'application/octet-stream',
      'content-length': part.length,
    });
    return response.end(request.method === 'HEAD' ? undefined : part);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, heard, notified, files };
};

const answerTo = (
  { header }: Message,
  { commands = [], code = 200, chal, final = true, ...reply }: Reply,
): Message => ({
  header: { ...header, target: header.source, source: header.target, ...reply.header },
  commands: [
    {
      name: 'Status',
      cmdId: '1',
      msgRef: header.msgId,
      cmdRef: '0',
      cmd: 'SyncHdr',
      targetRefs: [],
      sourceRefs: [],
      code,
      items: [],
      ...(chal && { chal }),
    },
    ...commands,
  ],
  final,
});
