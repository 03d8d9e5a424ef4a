import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { type Connection, openConnection } from './connection.ts';
import type { Frame } from './frame.ts';
import { DEFAULT_STREAM_LIMITS as limits } from './limits.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const frame = (length: number): Frame => ({
  code: 0x45,
  token: new Uint8Array(0),
  body: new Uint8Array(length),
});

const setUp = () => {
  const written: string[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      written.push(bytes.toString('hex'));
      done();
    },
  });
  const heard: number[] = [];
  const connection: Connection = openConnection(
    { later: () => () => undefined, limits },
    stream,
    { key: 'stream 1', address: '192.0.2.1', port: 1, identity: undefined },
    { frame: ({ code }) => heard.push(code), heard: () => undefined, closed: () => undefined },
  );
  const arrive = async (text: string): Promise<void> => {
    stream.push(hex(text));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { connection, stream, written, heard, arrive };
};

it('sends no message that is larger than the device takes', async () => {
  const { connection, written, arrive } = setUp();
  // Max-Message-Size 100.
  await arrive('20 e1 21 64');
  expect(connection.send(frame(200))).toBe(false);
  expect(written).toHaveLength(1);
  expect(connection.send(frame(50))).toBe(true);
  expect(written).toHaveLength(2);
});

it('gives a device that said Release the answers that it waits for, and then ends', async () => {
  const { connection, stream, written, heard, arrive } = setUp();
  await arrive('00 e1 01 01 aa');
  expect(heard).toEqual([1]);
  connection.owe(1);
  await arrive('00 e4 01 01 bb');
  expect(heard).toEqual([1]);
  expect(stream.writableEnded).toBe(false);
  connection.send(frame(1));
  connection.owe(-1);
  expect(stream.writableEnded).toBe(true);
  expect(written).toHaveLength(2);
});
