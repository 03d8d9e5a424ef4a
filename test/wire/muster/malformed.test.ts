import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../../src/wire/muster/common.ts';
import type { Route } from '../../../src/wire/muster/route.ts';
import { routes } from '../../../src/wire/muster/routes.ts';
import { type Api, type Reply, startApi } from '../../support/api.ts';
import { expectProblem } from '../../support/expect-problem.ts';
import { contentOf, pathOf } from '../../support/route-call.ts';
import { sampleOf, takes } from '../../support/sample-body.ts';
import { newTenant, type Tenant, tokenFor } from '../../support/tenant.ts';

const table: Readonly<Record<string, Route>> = routes;
const every = Object.entries(table).map(([name, route]) => ({ name, route }));
const withBody = every.flatMap(({ name, route }) =>
  route.body === undefined ? [] : [{ name, route, body: route.body }],
);
const withQuery = every.flatMap(({ name, route }) =>
  route.query === undefined ? [] : [{ name, route, query: route.query }],
);

let api: Api;
let home: Tenant;
let as: string;

beforeAll(async () => {
  api = await startApi();
  home = await newTenant(api.context);
  as = await tokenFor(api.context, await home.serverAdministrator());
});
afterAll(() => api.close());

type Sent = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

const send = (route: Route, sent: Sent, search = ''): Promise<Reply> =>
  api.call(route.method, pathOf(route.path, home.ids) + search, {
    ...{ as, account: home.ids.account },
    ...sent,
  });

const refuses = async (
  route: Route,
  sent: Sent,
  status: number | readonly number[] = 400,
): Promise<Reply> => {
  const before = await home.lastEvent();
  const reply = await send(route, sent);
  expectProblem(reply, status);
  expect(await home.lastEvent()).toBe(before);
  return reply;
};

type Fields = Readonly<Record<string, unknown>>;
type Variant = TSchema & { readonly properties: Readonly<Record<string, TSchema>> };

/** The forms a body may have: the choices of a union, else the one there is. */
const variantsOf = (body: TSchema): readonly Variant[] =>
  ('anyOf' in body ? body.anyOf : [body]) as readonly Variant[];

const wrongValues: readonly unknown[] = ['text', 5, -0.5, true, null, [], [[]], {}, { a: {} }];

/** Bodies that differ from a valid one in one field, which has a value that it cannot have. */
const wrongBodies = (body: TSchema): readonly Fields[] =>
  variantsOf(body).flatMap((variant) => {
    const sample = sampleOf(variant) as Fields;
    return Object.keys(variant.properties).flatMap((field) => {
      const wrong = wrongValues.map((value) => ({ ...sample, [field]: value }));
      return wrong.filter((candidate) => !takes(body, candidate));
    });
  });

const sampleText = (body: TSchema): string => JSON.stringify(sampleOf(body));
const inFront = (body: TSchema, pairs: string): string => {
  const rest = sampleText(body).slice(1);
  return `{${pairs}${rest === '}' ? '' : ','}${rest}`;
};
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const json = { 'content-type': 'application/json' };

describe.each(withBody)('the body of $name', ({ route, body }) => {
  it('has a sample that is valid, and wrong ones for every field', () => {
    expect(takes(body, sampleOf(body))).toBe(true);
    const fields = variantsOf(body).reduce((sum, { properties }) => sum + Object.keys(properties).length, 0);
    expect(wrongBodies(body).length).toBeGreaterThanOrEqual(fields);
  });

  it('is refused with a field of another type', async () => {
    for (const wrong of wrongBodies(body)) {
      const reply = await refuses(route, { body: wrong });
      expect(reply.body.code).toBe('request/malformed');
      expect(reply.body.detail).toMatch(/expected .+; got .+/);
      expect(reply.body.errors.length).toBeGreaterThan(0);
    }
  });

  it('is refused when it is no object', async () => {
    for (const wrong of ['[]', '"text"', '5', 'true', 'null', `[${sampleText(body)}]`]) {
      await refuses(route, { body: wrong });
    }
  });

  it('is refused with a field that nobody knows', async () => {
    for (const field of ['zzz', 'id', 'accountId', 'approvedBy', 'revision', '$where', '']) {
      if (variantsOf(body).some(({ properties }) => field in properties)) continue;
      const reply = await refuses(route, { body: inFront(body, `${JSON.stringify(field)}:1`) });
      expect(reply.body.detail).toContain(JSON.stringify(field));
    }
  });

  it('is refused with names that reach into prototypes', async () => {
    for (const pairs of ['"__proto__":{"a":1}', '"constructor":{"prototype":{"a":1}}', '"prototype":{}']) {
      await refuses(route, { body: inFront(body, pairs) });
    }
    expect(Reflect.get({}, 'a')).toBeUndefined();
  });

  it('is refused when a key comes twice', async () => {
    const [key] = Object.keys(sampleOf(body) as Fields);
    const reply = await refuses(route, { body: inFront(body, `${JSON.stringify(key)}:null`) });
    expect(reply.body.detail).toBe(`Expected each key once in an object; got "${key}" twice.`);
  });

  it('is refused when it is cut off, empty or no JSON', async () => {
    const text = sampleText(body);
    for (const end of [1, Math.floor(text.length / 2), text.length - 1]) {
      await refuses(route, { body: text.slice(0, end) });
    }
    for (const wrong of [`${text}}`, `${text}{}`, "{'a':1}", '{"a":1,}', '\u0000', '<xml/>', ' ']) {
      await refuses(route, { body: wrong });
    }
    for (const sent of [{ body: '' }, {}, { headers: json }]) {
      const reply = await refuses(route, sent);
      expect(reply.body.detail).toBe('Expected a JSON body; got none.');
    }
  });

  it('is refused when it is not UTF-8', async () => {
    const text = Buffer.from(sampleText(body));
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      await refuses(route, {
        body: Buffer.concat([Buffer.from('{"'), Buffer.from(bytes), Buffer.from('":1}')]),
      });
    }
    await refuses(route, { body: Buffer.concat([Buffer.from([0xff, 0xfe]), text]) });
  });

  it('is refused at 65 levels, and as a million open brackets', async () => {
    await refuses(route, { body: inFront(body, `"zzz":${deep(65)}`) });
    await refuses(route, { body: '['.repeat(1_000_000) });
    await refuses(route, { body: `${'['.repeat(500_000)}${']'.repeat(500_000)}` });
  });

  it('is refused with numbers that nothing can hold', async () => {
    for (const field of variantsOf(body).flatMap(({ properties }) => Object.keys(properties))) {
      for (const number of ['1e400', '-1e400', '9'.repeat(10_000)]) {
        const rest = { ...(sampleOf(body) as Fields) };
        delete rest[field];
        const text = JSON.stringify(rest).slice(1);
        const pair = `${JSON.stringify(field)}:${number}`;
        await refuses(route, { body: `{${pair}${text === '}' ? '' : ','}${text}` });
      }
    }
  });

  it('is refused with a key of a megabyte, in few words', async () => {
    const key = 'k'.repeat(1_000_000);
    await refuses(route, { body: `{"${key}":1}` });
    await refuses(route, { body: `{"${key.slice(0, 500_000)}":1,"${key.slice(0, 500_000)}":1}` });
  });

  it('is refused when it is too large', async () => {
    const limit = route.bodyLimit ?? 1_048_576;
    const reply = await refuses(route, { body: `{"a":"${'x'.repeat(limit)}"}` }, 413);
    expect(reply.body).toMatchObject({
      code: 'request/too-large',
      detail: `Expected a body of at most ${limit} bytes; got more.`,
    });
  });

  it('is refused as another media type', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      'nonsense',
      'application/jsonp',
    ]) {
      const reply = await refuses(route, { body: sampleText(body), headers: { 'content-type': type } }, 415);
      expect(reply.body.code).toBe('request/unsupported-media-type');
      expect(reply.body.detail).toContain('application/json');
      expect(reply.body.detail).toContain(type);
    }
  });

  it('never makes the server fail, whatever JSON it is', async () => {
    const fields = variantsOf(body).flatMap(({ properties }) => Object.keys(properties));
    const changed = fc
      .tuple(fc.constantFrom(...fields), fc.jsonValue())
      .map(([field, value]) => ({ ...(sampleOf(body) as Fields), [field]: value }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), changed), async (value) => {
        const reply = await send(route, { body: JSON.stringify(value), headers: json });
        if (reply.status >= 500) throw new Error(`${reply.status} for ${JSON.stringify(value)}`);
        if (reply.status >= 400) expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(withQuery)('the query of $name', ({ route, query }) => {
  const parameters = (query as Variant).properties;
  const refusesQuery = async (search: string): Promise<void> => {
    const before = await home.lastEvent();
    expectProblem(await send(route, contentOf(route), search), [400, 422]);
    expect(await home.lastEvent()).toBe(before);
  };

  it('is refused with a parameter that nobody knows', async () => {
    for (const name of ['zzz', '__proto__', 'constructor', 'limit[]', 'a[b]', '%00']) {
      await refusesQuery(`?${name}=1`);
    }
  });

  it('takes a parameter once, unless it is a list', async () => {
    for (const [name, schema] of Object.entries(parameters)) {
      if ('type' in schema && schema.type === 'array') continue;
      const value = encodeURIComponent(String(sampleOf(schema)));
      await refusesQuery(`?${name}=${value}&${name}=${value}`);
    }
  });

  it('is refused with a limit that is no number in range', async () => {
    if (!('limit' in parameters)) return;
    for (const limit of ['abc', '', '0', '-1', '1001', '1.5', '1e9', '1e400', 'NaN', '٣']) {
      await refusesQuery(`?limit=${limit}`);
    }
  });

  it('is refused with a cursor that no page gave', async () => {
    if (!('cursor' in parameters)) return;
    for (const cursor of ['', 'abc', 'k', 'k-1', 'kzzzzzzzzzzzz', "k1'--", '%00', '../..', 'k'.repeat(65)]) {
      await refusesQuery(`?cursor=${cursor}`);
    }
  });
});

describe('a list among the query parameters', () => {
  it('is repeated for each value', async () => {
    const both = await send(routes.listCampaigns, {}, '?status=draft&status=running');
    const none = await send(routes.listCampaigns, {}, '?status=running');
    expect(both.body.items.length).toBeGreaterThan(0);
    expect(none.body.items).toEqual([]);
  });
});

describe('headers', () => {
  const edit = { body: { name: 'Other' } };

  it.each(['1', '"a"', '""', 'W/"1"', '"1", "2"', '"-1"', '"9999999999999999"'])(
    'are refused with If-Match %s',
    async (etag) => {
      await refuses(routes.editQuery, { ...edit, headers: { 'if-match': etag } }, 422);
    },
  );

  it('are refused with an Idempotency-Key that is empty or too long', async () => {
    const body = sampleOf(routes.createQuery.body);
    for (const key of ['', 'k'.repeat(256)]) {
      await refuses(routes.createQuery, { body, headers: { 'idempotency-key': key } }, 422);
    }
  });

  it('are not found with an account that cannot be', async () => {
    for (const account of ['', ' ', "x' or 1=1 --", '../DEFAULT', 'a'.repeat(1_000)]) {
      const reply = await api.call('GET', '/queries', { as, account });
      expect([404, 200]).toContain(reply.status);
      if (account.trim() !== '') expect(reply.body.code).toBe('not-found');
    }
  });
});

describe('paths', () => {
  it.each([
    '/nothing',
    '/queries/',
    '//queries',
    '/queries/%2e%2e%2fcampaigns',
    '/queries/%00',
    '/queries/%zz',
    '/queries/%c0%af',
    `/queries/${'q'.repeat(300)}`,
    `/queries/${'q'.repeat(200)}`,
    '/queries/a/b/c',
    "/queries/'; drop table query; --",
  ])('are refused as %s', async (path) => {
    const reply = await api.call('GET', path, { as, account: home.ids.account });
    expect([400, 404, 414]).toContain(reply.status);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(takes(Problem, reply.body)).toBe(true);
  });
});
