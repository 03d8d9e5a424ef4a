import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { Store } from '../app/ports.ts';
import type { Push } from '../app/push-ports.ts';
import { createSpanExport } from './span-export.ts';
import { type Attributes, beginSpan, type kinds, type Parent, parentOf, type Span } from './spans.ts';

/**
 * Traces: a span for each request, for each write to the store in it, and for each message that is pushed. Loaded only
 * when somebody has said where spans go.
 */
export type Tracing = {
  readonly store: (store: Store) => Store;
  readonly push: (push: Push) => Push;
  readonly observe: (app: FastifyInstance) => void;
  readonly stop: () => Promise<void>;
};

/** The request that work belongs to; `unsampled` where its caller asks for no record. */
type Around = Parent | 'unsampled';

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const createTracing = (url: string, logger: Pick<FastifyBaseLogger, 'warn'>): Tracing => {
  const { add, stop } = createSpanExport(url, logger);
  const around = new AsyncLocalStorage<Around>();

  const begin = (name: string, kind: keyof typeof kinds, parent: Around | undefined): Span | undefined =>
    parent === 'unsampled' ? undefined : beginSpan({ name, kind, parent }, add);

  /** The same work with a span around it; `tell` says what is worth knowing of how it went. */
  const spanned = async <Value>(
    name: string,
    kind: keyof typeof kinds,
    work: () => Promise<Value>,
    tell: (value: Value) => readonly [Attributes, failed?: string | undefined],
  ): Promise<Value> => {
    const span = begin(name, kind, around.getStore());
    if (span === undefined) return work();
    try {
      const value = await work();
      span.end(...tell(value));
      return value;
    } catch (error) {
      span.end({}, problemOf(error));
      throw error;
    }
  };

  return {
    store: (store) => tracedStore(store, (name, work, tell) => spanned(name, 'internal', work, tell)),
    push: (push) => ({
      ...push,
      send: (request) =>
        spanned(
          'push',
          'client',
          () => push.send(request),
          (pushed) => {
            const { host } = new URL(request.url);
            const attributes = { 'http.request.method': 'POST', 'server.address': host };
            if ('problem' in pushed) return [attributes, pushed.problem];
            const { status } = pushed;
            const failed = status >= 400 ? `status ${status}` : undefined;
            return [{ ...attributes, 'http.response.status_code': status }, failed];
          },
        ),
    }),
    observe: (app) => observeRequests(app, around, begin),
    stop,
  };
};

type Spanning = <Value>(
  name: string,
  work: () => Promise<Value>,
  tell: (value: Value) => readonly [Attributes, failed?: string | undefined],
) => Promise<Value>;

/** Every write that a use case ends with; a change that did not hold is no failure, but said. */
const tracedStore = (store: Store, span: Spanning): Store => ({
  ...store,
  commit: (change) =>
    span(
      'commit',
      () => store.commit(change),
      (committed) => [
        {
          'muster.writes': change.writes.length,
          'muster.events': change.events.length,
          'muster.outcome': committed.ok ? 'ok' : committed.why,
        },
      ],
    ),
  devices: {
    ...store.devices,
    saveMany: (account, rows, by) =>
      span(
        'import devices',
        () => store.devices.saveMany(account, rows, by),
        (left) => [{ 'muster.devices': rows.length - left.length }],
      ),
  },
  updates: {
    ...store.updates,
    add: (request, progress) =>
      span(
        'add updates',
        () => store.updates.add(request, progress),
        ({ added }) => [{ 'muster.updates': added }],
      ),
    retry: (request, progress) =>
      span(
        'retry updates',
        () => store.updates.retry(request, progress),
        ({ restarted }) => [{ 'muster.updates': restarted }],
      ),
    close: (request, progress) =>
      span(
        'close updates',
        () => store.updates.close(request, progress),
        ({ closed, recalled }) => [{ 'muster.updates': closed + recalled }],
      ),
  },
});

const observeRequests = (
  app: FastifyInstance,
  around: AsyncLocalStorage<Around>,
  begin: (name: string, kind: 'server', parent: Around | undefined) => Span | undefined,
): void => {
  const spans = new WeakMap<FastifyRequest, Span>();
  const storeOf = (request: FastifyRequest): Around => spans.get(request) ?? 'unsampled';
  app.addHook('onRequest', (request, _, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const span = begin(`${request.method} ${route}`, 'server', parentOf(request.headers['traceparent']));
    if (span !== undefined) spans.set(request, span);
    around.run(storeOf(request), done);
  });
  // What reads a body goes on from the connection, which knows nothing of the request.
  app.addHook('preValidation', (request, _, done) => around.run(storeOf(request), done));
  app.addHook('onResponse', (request, { statusCode }, done) => {
    const { method, id } = request;
    spans.get(request)?.end(
      {
        'http.request.method': method,
        'http.route': request.routeOptions.url ?? 'unknown',
        'http.response.status_code': statusCode,
        'muster.request_id': id,
      },
      statusCode >= 500 ? `status ${statusCode}` : undefined,
    );
    done();
  });
};
