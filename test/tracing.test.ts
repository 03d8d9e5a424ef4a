import { once } from 'node:events';
import { createServer } from 'node:http';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import { createClient } from '../src/client/muster.ts';
import { configFromEnv } from '../src/server/config.ts';
import { readEnv } from '../src/server/env.ts';
import { startServer } from '../src/server/server.ts';
import type { FinishedSpan } from '../src/server/spans.ts';
import { openMemory } from '../src/store/memory.ts';
import { quickHashing } from './support/api.ts';
import { answering, type Received, startReceiver } from './support/receiver.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const password = 'correct horse battery';

const start = async (collector: string) => {
  const env = { MUSTER_PORT: '0', MUSTER_ADMIN_PASSWORD: password, MUSTER_PUSH_ALLOW: '127.0.0.1' };
  const config = configFromEnv(readEnv({ ...env, MUSTER_OTLP_URL: collector }));
  const overrides = { store: openMemory(), blobs: openMemoryBlobs(), hashing: quickHashing };
  const server = await startServer(config, pino({ level: 'silent' }), () => undefined, overrides);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= server.stop();
    return stopped;
  };
  closing.push(stop);
  const { url } = server;
  const { token } = await createClient({ url }).signIn({ body: { email: 'admin@localhost', password } });
  return { url, token, stop, client: createClient({ url, token }) };
};

const spansIn = (received: readonly Received[]): readonly FinishedSpan[] =>
  received.flatMap(({ body }) =>
    JSON.parse(body).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: FinishedSpan[] }[] }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    ),
  );

const attributeOf = ({ attributes }: FinishedSpan, key: string): unknown => {
  const found = (attributes as readonly { key: string; value: object }[]).find((one) => one.key === key);
  return found && Object.values(found.value)[0];
};

describe('traces', () => {
  it('tell of a request, the commit in it, and the message that follows, in the form of OTLP', async () => {
    const collector = await startReceiver(answering(200));
    const hook = await startReceiver();
    closing.push(collector.close, hook.close);
    const { url, token, client, stop } = await start(collector.url.replace('/hook', ''));
    const { id } = await client.createDestination({ body: { name: 'Pager', url: hook.url } });
    await client.createSubscription({ body: { destination: id, only: ['query-saved'] } });
    const caller = { trace: 'a'.repeat(32), span: 'b'.repeat(16) };
    const reply = await fetch(`${url}/api/v1/queries`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        traceparent: `00-${caller.trace}-${caller.span}-01`,
      },
      body: JSON.stringify({ name: 'All', expression: '' }),
    });
    expect(reply.status).toBe(201);
    await hook.came(1);
    await stop();
    expect(new Set(collector.received.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
    expect(collector.received[0]?.headers['content-type']).toBe('application/json');
    const spans = spansIn(collector.received);
    const request = spans.find(({ traceId, kind }) => traceId === caller.trace && kind === 2);
    expect(request).toMatchObject({ name: 'POST /api/v1/queries', parentSpanId: caller.span, status: {} });
    expect(request && attributeOf(request, 'http.response.status_code')).toBe('201');
    const commit = spans.find(({ parentSpanId }) => parentSpanId === request?.spanId);
    expect(commit).toMatchObject({ name: 'commit', kind: 1, traceId: caller.trace });
    expect(commit && attributeOf(commit, 'muster.outcome')).toBe('ok');
    expect(spans.find(({ name }) => name === 'push')).toMatchObject({ kind: 3, status: {} });
    for (const { traceId, spanId, startTimeUnixNano, endTimeUnixNano } of spans) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano)).toBe(true);
      expect(Math.abs(Number(BigInt(startTimeUnixNano) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    }
  });

  it('say that a message did not arrive, and leave out what its caller does not want recorded', async () => {
    const collector = await startReceiver(answering(200));
    const hook = await startReceiver(answering(500));
    closing.push(collector.close);
    const { url, client, stop } = await start(collector.url.replace('/hook', ''));
    await fetch(`${url}/healthz`, { headers: { traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-00` } });
    await hook.close();
    const { id } = await client.createDestination({ body: { name: 'Pager', url: hook.url } });
    await client.testDestination({ params: { destination: id } });
    await stop();
    const spans = spansIn(collector.received);
    expect(spans.find(({ name }) => name === 'push')?.status.code).toBe(2);
    expect(spans.filter(({ name }) => name.includes('/healthz'))).toEqual([]);
  });

  it('hold nothing up when their collector never answers', { timeout: 30_000 }, async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    closing.push(async () => {
      silent.closeAllConnections();
      silent.close();
    });
    const { client, stop } = await start(`http://127.0.0.1:${port}`);
    const began = performance.now();
    await client.createQuery({ body: { name: 'All', expression: '' } });
    expect(performance.now() - began).toBeLessThan(2_000);
    await stop();
  });
});
