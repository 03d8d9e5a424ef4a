import { expect } from 'vitest';
import type { Api, Reply } from './api.ts';

/**
 * One request and its reply. Texts that begin with `$` are names: the first time one stands in an expected body it is
 * bound to what came, from then on (in paths, headers and bodies) it stands for that. `$$uuid`, `$$ms` and `$$any`
 * stand for any UUID, any epoch milliseconds as text, anything; they bind nothing.
 */
export type Exchange = {
  /** Of the route table. */
  readonly operation: string;
  /** What it shows, where the operation alone does not say it. */
  readonly shows?: string;
  readonly path: string;
  /** A bearer token, `null` for none; the administrator's when absent. */
  readonly as?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Milliseconds that pass before it. */
  readonly after?: number;
  readonly status: number;
  readonly replyHeaders?: Readonly<Record<string, string>>;
  /** The whole body; absent: not looked at. */
  readonly reply?: unknown;
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
type Names = Map<string, unknown>;

const patterns: Readonly<Record<string, RegExp>> = {
  $$uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  $$ms: /^[1-9][0-9]{12}$/,
};

const filled = (text: string, names: Names): string =>
  text.replace(/\$(\w+)/g, (whole, name: string) => (names.has(name) ? String(names.get(name)) : whole));

const fill = (value: unknown, names: Names): unknown => {
  if (typeof value === 'string') {
    const whole = /^\$(\w+)$/.exec(value)?.[1];
    return whole !== undefined && names.has(whole) ? names.get(whole) : filled(value, names);
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, names));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, names)]));
};

const fillTexts = (
  texts: Readonly<Record<string, string>> = {},
  names: Names,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, filled(value, names)]));

const memberOf = (value: unknown, name: string | number): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(`${name}`) : undefined;

/** What is expected, with names bound to what came in their places. */
const settle = (wanted: unknown, came: unknown, names: Names): unknown => {
  if (typeof wanted === 'string') {
    const pattern = patterns[wanted];
    if (pattern !== undefined) return expect.stringMatching(pattern);
    if (wanted === '$$any') return expect.anything();
    const name = /^\$(\w+)$/.exec(wanted)?.[1];
    if (name === undefined) return wanted;
    if (!names.has(name)) {
      expect(came, `something for $${name}`).toBeDefined();
      names.set(name, came);
    }
    return names.get(name);
  }
  if (Array.isArray(wanted)) return wanted.map((item, index) => settle(item, memberOf(came, index), names));
  if (typeof wanted !== 'object' || wanted === null || wanted instanceof Uint8Array) return wanted;
  const entries = Object.entries(wanted);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, settle(inner, memberOf(came, name), names)]),
  );
};

/** Holds one exchange against the server; answers what came. */
export const holdExchange = async (
  api: Api,
  methods: Readonly<Record<string, { readonly method: Method }>>,
  exchange: Exchange,
  names: Names,
): Promise<Reply> => {
  const route = methods[exchange.operation];
  if (route === undefined) throw new Error(`there is no operation ${exchange.operation}`);
  if (exchange.after !== undefined) api.pass(exchange.after);
  const { as } = exchange;
  const reply = await api.call(route.method, filled(exchange.path, names), {
    ...(as === undefined ? {} : { as: as === null ? null : filled(as, names) }),
    ...(exchange.body === undefined ? {} : { body: fill(exchange.body, names) }),
    headers: fillTexts(exchange.headers, names),
  });
  expect(reply.status, JSON.stringify(reply.body)).toBe(exchange.status);
  expect(reply.headers).toMatchObject(fillTexts(exchange.replyHeaders, names));
  if (exchange.reply !== undefined) {
    expect(reply.body).toEqual(settle(fill(exchange.reply, names), reply.body, names));
  }
  return reply;
};

/** What a transcript calls itself in the list of tests. */
export const titleOf = ({ operation, shows, status }: Exchange): string =>
  `${operation}${shows === undefined ? '' : `: ${shows}`} (${status})`;
