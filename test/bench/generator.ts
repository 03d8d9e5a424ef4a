// Run as a child, so that generating load does not slow what is measured. One order at a time.
import { connect, type Socket } from 'node:net';
import { replyReader } from './replies.ts';
import { type Requests, requestsOf } from './requests.ts';
import type { Load, Order, Traffic } from './traffic.ts';

const open = (url: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });

type Tally = { answered: number; failed: number; failure: string; readonly latencies: number[] };
type Run = {
  readonly next: Requests;
  readonly over: () => boolean;
  readonly tally: Tally;
  readonly pause: number;
};

/** Sends, waits for the reply, sends again, until the run is over or there is nothing more to send. */
const drive = (socket: Socket, { next, over, tally, pause }: Run): Promise<void> =>
  new Promise((resolve, reject) => {
    let sentAt = 0;
    const send = (): void => {
      const bytes = over() ? undefined : next();
      if (bytes === undefined) {
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(bytes);
    };
    const read = replyReader((status, bytes) => {
      if (status === 200) {
        tally.answered += 1;
        tally.latencies.push(performance.now() - sentAt);
      } else {
        tally.failed += 1;
        tally.failure ||= `${bytes}`;
      }
      if (pause === 0) send();
      else setTimeout(send, pause);
    });
    socket.removeAllListeners('error');
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed a connection')));
    socket.on('data', read);
    send();
  });

let stopped = false;

const run = async (traffic: Traffic, milliseconds: number): Promise<Load> => {
  const next = requestsOf(traffic);
  const sockets = await Promise.all(Array.from({ length: traffic.connections }, () => open(traffic.url)));
  const tally: Tally = { answered: 0, failed: 0, failure: '', latencies: [] };
  stopped = false;
  const began = performance.now();
  const over = () => stopped || performance.now() - began >= milliseconds;
  try {
    await Promise.all(sockets.map((socket) => drive(socket, { next, over, tally, pause: traffic.pause })));
  } finally {
    for (const socket of sockets) socket.removeAllListeners('close').destroy();
  }
  return {
    ...tally,
    milliseconds: performance.now() - began,
    latencies: Float64Array.from(tally.latencies),
  };
};

process.on('message', (order: Order) => {
  if (order.do === 'stop') {
    stopped = true;
    return;
  }
  run(order.traffic, order.milliseconds).then(
    (load) => process.send?.(load),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
