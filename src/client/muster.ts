import type { Problem } from '../wire/muster/common.ts';
import type { BodyOf, ParamsOf, QueryOf, ReplyOf, Route } from '../wire/muster/route.ts';
import { basePath, type RouteName, type Routes, routes } from '../wire/muster/routes.ts';
import { ProblemError } from './problem.ts';

export { ProblemError } from './problem.ts';
export { type FollowOptions, follow, type StreamMessage } from './stream.ts';

export type ClientOptions = {
  /** Where the server is, without the path of the API: `https://muster.example.com`. */
  readonly url: string;
  /** A bearer secret; none for public routes. */
  readonly token?: string;
  /** In a browser: the session is in a cookie, which counts only beside a header that other pages cannot send. */
  readonly cookie?: true;
  /** The account to act in, where the token reaches several. */
  readonly account?: string;
  /** Ends every call that has no signal of its own. */
  readonly signal?: AbortSignal;
  /** In place of the one of this platform. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

type Part<Name extends string, Value> = Value extends undefined ? unknown : { readonly [Key in Name]: Value };

/** What a call takes: the parts its route has, and the headers that make it conditional or repeatable. */
export type CallInput<R extends Route> = Part<'params', ParamsOf<R>> &
  (QueryOf<R> extends undefined ? unknown : { readonly query?: QueryOf<R> }) &
  Part<'body', BodyOf<R>> & {
    /** Bytes of a streaming route, with their media type. */
    readonly bytes?: { readonly type: string; readonly data: NonNullable<RequestInit['body']> };
    /** The revision that was read. */
    readonly expected?: number;
    readonly idempotencyKey?: string;
    /** Of a stream: the id of the last message that came. */
    readonly lastEventId?: string;
    /** Of a download: only these bytes, such as `bytes=100-`, and only while the entity tag is the same. */
    readonly range?: { readonly bytes: string; readonly ifMatches: string };
    readonly signal?: AbortSignal;
  };

type Reply<R extends Route> = R['replies'] extends string ? Response : ReplyOf<R>;

/** One typed call for each route of the API. */
export type Client = {
  readonly [Name in RouteName]: (input: CallInput<Routes[Name]>) => Promise<Reply<Routes[Name]>>;
};

type Loose = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
} & Pick<CallInput<Route>, 'bytes' | 'expected' | 'idempotencyKey' | 'lastEventId' | 'range' | 'signal'>;

/** A client of the Muster API over `fetch`. Calls throw `ProblemError` for every reply that is a problem. */
export const createClient = (options: ClientOptions): Client => {
  const calls = Object.entries<Route>(routes).map(([name, route]) => [
    name,
    (input: Loose) => call(options, route, input),
  ]);
  // Each call's types are its route's own; building them in a loop loses that link.
  return Object.fromEntries(calls) as Client;
};

const call = async (options: ClientOptions, route: Route, input: Loose): Promise<unknown> => {
  const { body, bytes, signal = options.signal } = input;
  const { fetch: send = fetch } = options;
  const response = await send(addressOf(options, route, input), {
    method: route.method,
    headers: headersOf(options, input),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(bytes !== undefined && { body: bytes.data, duplex: 'half' }),
    ...(signal !== undefined && { signal }),
  });
  if (response.status >= 400) throw new ProblemError(await problemOf(response));
  if (route.replies !== undefined) return response;
  return response.status === 204 ? undefined : response.json();
};

const addressOf = ({ url }: ClientOptions, { path }: Route, { params = {}, query = {} }: Loose): string => {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) search.append(name, String(one));
  }
  const text = search.toString();
  return `${url}${basePath}${filled}${text === '' ? '' : `?${text}`}`;
};

const headersOf = (
  { token, cookie, account }: ClientOptions,
  { body, bytes, expected, idempotencyKey, lastEventId, range }: Loose,
): Record<string, string> => ({
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(cookie && { 'x-requested-with': 'muster' }),
  ...(account !== undefined && { 'muster-account': account }),
  ...(body !== undefined && { 'content-type': 'application/json' }),
  ...(bytes !== undefined && { 'content-type': bytes.type }),
  ...(expected !== undefined && { 'if-match': `"${expected}"` }),
  ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  ...(range !== undefined && { range: range.bytes, 'if-range': range.ifMatches }),
});

/** A proxy in between may answer in a form of its own; then its status is all there is to tell. */
const problemOf = async (response: Response): Promise<Problem> => {
  if (/problem\+json/.test(response.headers.get('content-type') ?? ''))
    return (await response.json()) as Problem;
  const { status, statusText } = response;
  return {
    type: 'about:blank',
    title: statusText === '' ? `Status ${status}` : statusText,
    status,
    detail: 'The reply is not one of a Muster server.',
    code: 'client/unexpected-reply',
    requestId: '',
  };
};
