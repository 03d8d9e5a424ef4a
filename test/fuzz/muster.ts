import type { TSchema } from 'typebox';
import { toOpenApi } from '../../src/api/muster/openapi.ts';
import { Problem } from '../../src/wire/muster/common.ts';
import type { Route } from '../../src/wire/muster/route.ts';
import { basePath, routes } from '../../src/wire/muster/routes.ts';
import { takes } from '../support/sample-body.ts';
import { type Answer, type Dialect, jsonIn, type Operation, type Sent } from './dialect.ts';
import { openHouse } from './house.ts';

/** A stream does not end by itself; it has tests of its own. */
const table: Readonly<Record<string, Route>> = Object.fromEntries(
  Object.entries<Route>(routes).filter(([, { replies }]) => replies !== 'text/event-stream'),
);

const documented: ReadonlyMap<string, ReadonlySet<number>> = new Map(
  Object.values(toOpenApi(table, { version: '0', serverUrl: '' }).paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId, responses }) => [
      operationId,
      new Set(Object.keys(responses).map(Number)),
    ]),
  ),
);

const operations: readonly Operation[] = Object.entries(table).map(([name, route]) => ({
  ...{ name, method: route.method, path: basePath + route.path },
  ...{ query: route.query, body: route.body, bytes: route.streams ?? [] },
  isSlow: route.limited === 'sign-ins',
}));

/** Names of members that hold ids, where they differ from the kind of thing. */
const kinds: Readonly<Record<string, string>> = {
  ...{
    packages: 'package',
    devices: 'device',
    rollBackTo: 'package',
    package: 'package',
    list: 'query',
    query: 'query',
  },
  ...{
    destination: 'destination',
    campaign: 'campaign',
    roleIds: 'role',
    deliveries: 'delivery',
    device: 'device',
  },
  ...{ account: 'account', user: 'user', role: 'role' },
};

const problemIn = (answer: Answer): string | undefined => {
  const said = jsonIn(answer);
  if (!/^application\/problem\+json/.test(String(answer.headers['content-type'])))
    return 'an error in another form';
  if (!takes(Problem, said)) return 'no problem document';
  return Reflect.get(said as object, 'status') === answer.status ? undefined : 'a problem of another status';
};

/** Whether a body that was taken is one that the schema does not take. */
const wasWronglyTaken = ({ operation, payload, isRouted }: Sent): boolean => {
  if (!isRouted || operation.body === undefined || payload === undefined) return false;
  // A byte order mark may stand in front of JSON (RFC 8259, 8.1).
  const said = jsonIn({ text: payload.toString().replace('\ufeff', '') });
  return said === undefined || !takes(operation.body, said);
};

const replyOf = ({ operation }: Sent): TSchema | undefined => table[operation.name]?.reply;

const judge = (sent: Sent, answer: Answer): string | undefined => {
  const { operation, method, isRouted } = sent;
  const { status } = answer;
  if (status >= 500) return 'the server failed';
  if (isRouted && documented.get(operation.name)?.has(status) !== true) return `${status} is not documented`;
  if (status >= 400) {
    if (sent.isValid && status === 400) return 'a valid request is malformed';
    return method === 'HEAD' ? undefined : problemIn(answer);
  }
  if (status >= 300 || !isRouted) return undefined;
  if (wasWronglyTaken(sent)) return 'a body was taken that does not fit its schema';
  const reply = replyOf(sent);
  if (reply !== undefined && !takes(reply, jsonIn(answer))) return 'the reply does not fit its schema';
  return undefined;
};

export const muster: Dialect = {
  name: 'Muster',
  operations,
  naming: (name) => kinds[name],
  kindOf: (parameter) => parameter,
  open: (seed) =>
    openHouse(seed, {
      kindsOf: ({ ids }) => ids,
      headersOf: (token, account) => ({
        ...(token !== null && { authorization: `Bearer ${token}` }),
        'muster-account': account,
      }),
    }),
  judge,
};
