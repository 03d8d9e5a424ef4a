import { execFile, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

const CLIENT = 'coap-client-notls';
const SERVER = 'coap-server-notls';

/** Why tests with libcoap are skipped. */
export const NO_LIBCOAP = `${CLIENT} or ${SERVER} was not found`;

/** Whether libcoap's programs are here; throws where they are not and `CI=true`. */
export const hasLibcoap = (): boolean => {
  if ([CLIENT, SERVER].every((program) => spawnSync(program, ['-V']).error === undefined)) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_LIBCOAP);
  console.warn(`${NO_LIBCOAP}: tests that need them are skipped`);
  return false;
};

const MOST = 64 * 2 ** 20;
const SECONDS = 20;

/** Runs libcoap's client and answers what came; what went wrong is in the message of the error. */
export const coapClient = async (...args: readonly string[]): Promise<Buffer> => {
  const options = { encoding: 'buffer', maxBuffer: MOST, timeout: SECONDS * 1000 } as const;
  const { stdout } = await promisify(execFile)(CLIENT, ['-B', `${SECONDS}`, ...args], options);
  return stdout;
};

const PING = Buffer.from('40000001', 'hex');
const PATIENCE = 10_000;

/** Waits for the RST that answers a ping. */
const isUp = async (port: number): Promise<void> => {
  const socket = createSocket('udp4');
  // Nobody listens there yet.
  socket.on('error', () => undefined);
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const until = Date.now() + PATIENCE;
  let isAnswered = false;
  socket.once('message', () => {
    isAnswered = true;
  });
  while (!isAnswered && Date.now() < until) {
    socket.send(PING, () => undefined);
    await sleep(20);
  }
  socket.close();
  if (!isAnswered) throw new Error(`${SERVER} does not answer`);
};

export type CoapServerProcess = { readonly port: number; readonly stop: () => Promise<void> };

/** Starts libcoap's server, which takes up to ten resources of any name. */
export const startCoapServer = async (): Promise<CoapServerProcess> => {
  const port = await freePort();
  const child = spawn(SERVER, ['-A', '127.0.0.1', '-p', `${port}`, '-d', '10', '-v', '0'], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  await isUp(port).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { port, stop };
};
