// Run as a child: a CoAP server that pushes to whoever asks for it, or the least that datagrams cost on this runtime.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createCoapServer } from '../../src/devices/lwm2m/coap/coap-server.ts';
import type { BlockSource, CoapPeer } from '../../src/devices/lwm2m/coap/peer.ts';
import { createUdp } from '../../src/devices/lwm2m/udp.ts';

const HOST = '127.0.0.1';
const BUFFER = 8 * 2 ** 20;

const ready = (port: number): void => {
  console.log(JSON.stringify({ msg: 'ready', url: `udp://${HOST}:${port}` }));
};

/** A datagram back for each that comes. */
const echo = (): void => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER, sendBufferSize: BUFFER });
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(0, HOST, () => ready(socket.address().port));
};

const block = Buffer.alloc(1024, 'x');

/** More than any round takes. */
const image: BlockSource = {
  size: 2 ** 30,
  read: async (_offset, length) => block.subarray(0, length),
};

const push = (peer: CoapPeer): void => {
  // It ends when the device resets it: there is nobody to tell.
  void peer.request({ method: 'PUT', path: ['5', '0', '0'], contentFormat: 42, payload: image });
};

const coap = async (): Promise<void> => {
  const server = createCoapServer({
    transport: createUdp(HOST, 0),
    clock: Date.now,
    later: (run, milliseconds) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    random: (bytes) => randomBytes(bytes),
  });
  const { port } = await server.listen({
    request: async (peer, { path }) => {
      if (path[0] !== 'push') {
        return { code: '2.01', locationPath: ['rd', 'abcdefghij'], payload: Buffer.alloc(0) };
      }
      push(peer);
      return { code: '2.04', payload: Buffer.alloc(0) };
    },
    knows: () => false,
    notified: () => undefined,
    gone: () => undefined,
  });
  ready(port);
};

if (process.argv[2] === 'echo') echo();
else await coap();
process.once('SIGTERM', () => process.exit(0));
