import { connect } from 'node:net';

export type RawReply = {
  /** All that came, in order, until the server closed the connection. */
  readonly text: string;
  /** Of each answer in it. */
  readonly statuses: readonly number[];
  readonly closed: boolean;
};

const PATIENCE = 3_000;

/** Bytes, or what is waited for before the next ones go out. */
type Part = string | Uint8Array | (() => Promise<unknown>);

/** Sends bytes as they are, and waits until the server closes the connection, three seconds at most. */
export const sendRaw = (port: number, ...parts: readonly Part[]): Promise<RawReply> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (closed: boolean) => {
      clearTimeout(patience);
      socket.destroy();
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      resolve({ text, statuses, closed });
    };
    const patience = setTimeout(() => end(false), PATIENCE);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    // A reset is a closed connection too; what came before it counts.
    socket.on('error', () => undefined);
    socket.on('close', () => end(true));
    socket.on('connect', async () => {
      for (const part of parts) {
        if (typeof part === 'function') await part();
        else socket.write(part);
      }
    });
  });
