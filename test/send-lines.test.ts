import { once } from 'node:events';
import { get } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { sendLines } from '../src/http/lines.ts';

let app: FastifyInstance;
afterEach(() => app.close());

const serve = async (lines: AsyncIterable<string>): Promise<string> => {
  app = Fastify();
  app.get('/', async (_, reply) => {
    sendLines(reply, { name: 'lines "1".csv', type: 'text/csv' }, lines);
    return reply;
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
};

async function* endless(ended: () => void): AsyncGenerator<string> {
  try {
    for (;;) yield `${'x'.repeat(1_000)}\r\n`;
  } finally {
    ended();
  }
}

describe('lines that are sent as they are made', () => {
  it('come as a file', async () => {
    const lines = async function* () {
      for (let n = 0; n < 20_000; n += 1) yield `line ${n}\r\n`;
    };
    const reply = await fetch(await serve(lines()));
    expect(reply.headers.get('content-type')).toBe('text/csv');
    expect(reply.headers.get('content-disposition')).toMatch(/^attachment; filename="lines _1_.csv"/);
    const text = await reply.text();
    expect(text.split('\r\n')).toHaveLength(20_001);
    expect(text.endsWith('line 19999\r\n')).toBe(true);
  });

  it('are made no longer once the client has hung up', async () => {
    const ended = Promise.withResolvers<void>();
    const client = get(await serve(endless(ended.resolve)));
    const [reply] = await once(client, 'response');
    await once(reply, 'data');
    client.destroy();
    await ended.promise;
  });

  it('break off when making them fails, so that half is not taken for all', async () => {
    const lines = async function* () {
      for (let n = 0; n < 10_000; n += 1) yield `line ${n}, and so on\r\n`;
      throw new Error('the store is gone');
    };
    const reply = await fetch(await serve(lines()));
    await expect(reply.text()).rejects.toThrow();
  });
});
