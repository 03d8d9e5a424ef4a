import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../support/api.ts';
import { noteFigure } from '../support/figures.ts';
import { dialects, fuzzDialect } from './scenario.ts';

/** All of 100,000 are `npm run endurance -- fuzz`. */
const CASES = 6_000;
const SEED = 1;

describe.each(Object.values(dialects))(
  '$name, asked anything from its schemas and beside them',
  (dialect) => {
    it('never fails, answers as it is documented, and shows nothing of other accounts', async () => {
      const finding = await fuzzDialect(dialect, SEED, CASES);
      await noteFigure({ ...finding, command: 'vitest run test/fuzz/dialects.test.ts' });
      expect(finding).toMatchObject({ pass: true, result: expect.stringContaining('0 failures') });
    }, 300_000);
  },
);

describe.each(Object.values(dialects))('$name', ({ operations }) => {
  it('has schemas that are right by the schema of schemas, which no start looks at', () => {
    const ajv = new Ajv2020({ strict: false });
    const schemas = operations.flatMap(({ query, body }) => [query, body].filter((one) => one !== undefined));
    expect(schemas.length).toBeGreaterThan(10);
    for (const schema of schemas) expect([ajv.validateSchema(schema), ajv.errors ?? []]).toEqual([true, []]);
  });
});

describe('what fuzzing has found', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('a header for conditional changes is not looked at where nothing is conditional', async () => {
    const { status } = await api.call('GET', '/server', { headers: { 'if-match': 'nonsense' } });
    expect(status).toBe(200);
  });

  it('a body of Pulse that repeats an id as an object is refused as one that names another', async () => {
    const body = { campaignId: { toString: 'x' } };
    const { status, body: said } = await api.call('PUT', '/api/campaigns/a/devices/gw-1/close', { body });
    expect([status, said.code]).toEqual([400, 3]);
  });

  it.each([
    '/api/fota/v2/licenses/%',
    '/api/m2m/v1/%ff',
    '/api/fota/v1/reports/%c0%af/status/Queued/index/0',
  ])('a path of ThingSpace that nothing can be made of is refused in its form: %s', async (path) => {
    const { status, body } = await api.call('GET', path);
    expect([status, body]).toEqual([
      400,
      { errorCode: 'INVALID_PARAMETER', errorMessage: 'Input binding error' },
    ]);
  });

  it('a body that is no JSON on an unknown path of ThingSpace is refused in its form', async () => {
    const { status, body } = await api.call('PATCH', '/api/fota/v2/licenses/DEFAULT/cancel', {
      body: '{"a":',
    });
    expect([status, Object.keys(body)]).toEqual([400, ['errorCode', 'errorMessage']]);
  });
});
