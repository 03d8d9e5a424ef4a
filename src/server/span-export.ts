import type { FastifyBaseLogger } from 'fastify';
import { MINUTE, SECOND } from '../domain/time.ts';
import { attributesOf, type FinishedSpan } from './spans.ts';
import { version } from './version.ts';

/** Sends spans on in batches; what cannot be sent is lost, and said once a minute. */
export type SpanExport = {
  readonly add: (span: FinishedSpan) => void;
  /** Sends what waits, and nothing after that. */
  readonly stop: () => Promise<void>;
};

const BATCH = 512;
const MOST_WAITING = 4_096;
const EVERY = 2 * SECOND;
const PATIENCE = 5 * SECOND;

const resource = { attributes: attributesOf({ 'service.name': 'muster', 'service.version': version }) };

const bodyOf = (spans: readonly FinishedSpan[]): string =>
  JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'muster', version }, spans }] }],
  });

/** `url` is that of the collector, below which the path `/v1/traces` is (OTLP 1.x, "OTLP/HTTP Request"). */
export const createSpanExport = (
  url: string,
  logger: Pick<FastifyBaseLogger, 'warn'>,
  post: typeof fetch = fetch,
): SpanExport => {
  let waiting: FinishedSpan[] = [];
  let sending: Promise<void> = Promise.resolve();
  let lost = 0;
  let saidAt = Number.NEGATIVE_INFINITY;

  const lose = (count: number, why: unknown): void => {
    lost += count;
    if (performance.now() - saidAt < MINUTE) return;
    logger.warn({ err: why, lost }, 'spans could not be sent');
    saidAt = performance.now();
    lost = 0;
  };

  const sendBatch = async (spans: readonly FinishedSpan[]): Promise<void> => {
    try {
      const reply = await post(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bodyOf(spans),
        signal: AbortSignal.timeout(PATIENCE),
      });
      await reply.body?.cancel();
      if (!reply.ok) throw new Error(`the collector answered ${reply.status}`);
    } catch (error) {
      lose(spans.length, error);
    }
  };

  const flush = (): Promise<void> => {
    while (waiting.length > 0) {
      const spans = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      sending = sending.then(() => sendBatch(spans));
    }
    return sending;
  };

  const timer = setInterval(() => void flush(), EVERY);
  timer.unref();

  return {
    add: (span) => {
      if (waiting.length < MOST_WAITING) waiting.push(span);
      else lose(1, new Error('more spans than are sent'));
    },
    stop: () => {
      clearInterval(timer);
      return flush();
    },
  };
};
