// Run as a child: devices that come back all at once, each over a connection of its own.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Devices `from` to `to`, spread over so many milliseconds. */
export type Herd = {
  readonly port: number;
  readonly secret: string;
  readonly from: number;
  readonly to: number;
  readonly within: number;
  /** Milliseconds after the first in which everybody has to be served. */
  readonly patience: number;
};

/** How many calls each answer got, when the last device was served, and how many never were. */
export type Came = {
  readonly answers: Readonly<Record<string, number>>;
  readonly last: number;
  readonly unserved: number;
};

/** Ports of one address are too few for so many connections; the whole of 127/8 is this machine. */
const addressOf = (device: number): string => `127.0.0.${2 + (device % 50)}`;

/** The status of one poll over a new connection; `none` when no answer came. */
const poll = ({ port, secret }: Herd, device: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: addressOf(device) });
    let text = '';
    socket.setTimeout(30_000, () => socket.destroy());
    socket.once('connect', () =>
      socket.write(
        `GET /DEFAULT/controller/v1/device-${device} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: TargetToken ${secret}\r\n\r\n`,
      ),
    );
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 'none'));
  });

const PAUSE = 1_000;

const run = async (herd: Herd): Promise<Came> => {
  const { from, to, within, patience } = herd;
  const began = performance.now();
  const answers: Record<string, number> = {};
  let [last, unserved] = [0, 0];
  const device = async (number: number): Promise<void> => {
    await sleep(((number - from) / (to - from)) * within);
    for (;;) {
      const answer = await poll(herd, number);
      answers[answer] = (answers[answer] ?? 0) + 1;
      const now = performance.now() - began;
      if (answer === '200') {
        last = Math.max(last, now);
        return;
      }
      if (now > patience) {
        unserved += 1;
        return;
      }
      // As a client that was turned away does, and not all of them at the same moment.
      await sleep(PAUSE * (1 + (number % 10) / 10));
    }
  };
  await Promise.all(Array.from({ length: to - from }, (_, index) => device(from + index)));
  return { answers, last, unserved };
};

process.once('message', (herd: Herd) => {
  run(herd).then(
    (came) => process.send?.(came, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
