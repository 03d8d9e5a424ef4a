import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { newGuest } from '../../support/guests.ts';
import { done } from './prepare.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  for (const [id, site] of [
    ['gw-1', 'Lyon'],
    ['gw-2', 'Oslo'],
    ['gw-3', 'Lyon'],
  ])
    done(await api.call('POST', '/devices', { body: { id, protocol: 'gateway', attributes: { site } } }));
});
afterEach(() => api.close());

const HOUR = 3_600_000;

const post = (path: string, body: unknown = {}) => api.call('POST', `/api/${path}`, { body });
const get = async (path: string) => (await api.call('GET', `/api/${path}`)).body;

const isIn = (...places: readonly string[]) => ({
  keyObj: { key: 'site', keyQualifier: 'customProperties' },
  oredOperatorValuePair: places.map((valueString) => ({ operator: 'EQUAL_TO', valueString })),
});
const define = async (body: object): Promise<string> =>
  done(await post('filter-definitions', { name: 'f', ...body })).body.id;
const result = async (body: object): Promise<string> => done(await post('filter-results', body)).body.id;

type Found = { readonly devices: readonly { readonly id: string }[] };
const idsIn = ({ devices }: Found) => devices.map(({ id }) => id);
const found = async (id: string, query = '') => idsIn(await get(`filter-results/${id}${query}`));
const preview = async (id: string) => idsIn((await post(`filter-definitions/${id}/preview`)).body);
const edit = (id: string, body: object) => api.call('PUT', `/api/filter-definitions/${id}`, { body });

describe('a saved filter', () => {
  it('is a saved query of Muster by the same id', async () => {
    const id = await define({ description: 'All in Lyon', filters: [isIn('Lyon')] });
    expect((await api.call('GET', `/queries/${id}`)).body).toMatchObject({
      ...{ id, name: 'f', description: 'All in Lyon', expression: 'attributes.site in ("Lyon")' },
    });
    expect(await preview(id)).toEqual(['gw-1', 'gw-3']);
  });

  it('may be said in the other names of the guides', async () => {
    const { keyObj, oredOperatorValuePair } = isIn('Oslo');
    const filter = [{ key_obj: keyObj, oredOperationValuePair: oredOperatorValuePair }];
    const id = await define({ filter, projection: [{ key: 'site' }], start_time_ms: 5 });
    expect(await get(`filter-definitions/${id}`)).toMatchObject({
      filters: [{ keyObj, oredOperationValuePair: oredOperatorValuePair }],
      ...{ projections: [{ key: 'site' }], startTimeMs: '5', endTimeMs: '0' },
    });
    expect(await preview(id)).toEqual(['gw-2']);
  });

  it('changes in what is said and in nothing else', async () => {
    const id = await define({ description: 'd', templateIds: [], filters: [isIn('Lyon')] });
    expect(await edit(id, { filters: [isIn('Oslo')] })).toMatchObject({ status: 200, body: { id } });
    expect(await preview(id)).toEqual(['gw-2']);
    await edit(id, { name: 'g' });
    expect(await get(`filter-definitions/${id}`)).toMatchObject({
      ...{ name: 'g', description: 'd', filters: [isIn('Oslo')] },
    });
    await edit(id, { filters: [] });
    expect(await preview(id)).toEqual(['gw-1', 'gw-2', 'gw-3']);
  });

  it('shows what it says now when it was changed elsewhere, and is gone when it was deleted there', async () => {
    const id = await define({ filters: [isIn('Lyon')] });
    await api.call('PATCH', `/queries/${id}`, { body: { expression: 'site = Oslo' } });
    const elsewhere = { name: 'f', description: 'site = Oslo', filters: [] };
    expect(await get(`filter-definitions/${id}`)).toMatchObject(elsewhere);
    expect(await preview(id)).toEqual(['gw-2']);
    await api.call('DELETE', `/queries/${id}`);
    expect((await api.call('GET', `/api/filter-definitions/${id}`)).status).toBe(404);
    const account = await api.context.store.accounts.find('DEFAULT');
    const kept =
      account && (await api.context.store.documents.find(account.key, 'pulse/filter-definition', id));
    expect(kept).toBeUndefined();
  });

  it('that was made elsewhere keeps what it means until filters are said', async () => {
    const query = { name: 'q', description: 'words', expression: 'site = Oslo' };
    const { id } = done(await api.call('POST', '/queries', { body: query })).body;
    await edit(id, { name: 'r' });
    expect((await api.call('GET', `/queries/${id}`)).body).toMatchObject({ ...query, name: 'r' });
    expect(await preview(id)).toEqual(['gw-2']);
    await edit(id, { filters: [isIn('Lyon')] });
    expect(await get(`filter-definitions/${id}`)).toMatchObject({
      description: 'words',
      filters: [isIn('Lyon')],
    });
    expect(await preview(id)).toEqual(['gw-1', 'gw-3']);
  });

  it('cannot lose its name, or be too long for a query', async () => {
    const id = await define({});
    expect(await edit(id, { name: ' ' })).toMatchObject({ status: 400, body: { code: 3 } });
    const long = Array.from({ length: 4 }, () => isIn(...Array.from({ length: 200 }, (_, n) => `${n}`)));
    for (const path of ['filter-definitions', 'filter-results'])
      expect(await post(path, { name: 'long', filters: long })).toMatchObject({
        status: 400,
        body: { code: 3 },
      });
  });

  it('tells which operators there are', async () => {
    const wrong = { ...isIn('a'), oredOperatorValuePair: [{ operator: 'LIKE', valueString: 'a' }] };
    expect((await post('filter-definitions', { name: 'x', filters: [wrong] })).body.message).toBe(
      'filters.0.oredOperatorValuePair.0.operator: expected one of EQUAL_TO, NOT_EQUAL_TO, GREATER_THAN, GREATER_THAN_EQUAL_TO, LESS_THAN, LESS_THAN_EQUAL_TO, CONTAINS.',
    );
  });
});

describe('a filtered list', () => {
  it('holds the devices as they are when it is read, in pages', async () => {
    const id = await result({ filters: [isIn('Lyon')] });
    expect(await found(id)).toEqual(['gw-1', 'gw-3']);
    await api.call('PATCH', '/devices/gw-2', { body: { attributes: { site: 'Lyon' } } });
    expect(await found(id)).toEqual(['gw-1', 'gw-2', 'gw-3']);
    expect(await found(id, '?page.number=1&page.size=2')).toEqual(['gw-3']);
    expect((await get(`filter-results/${id}?page.size=2`)).pageInfo).toEqual({
      ...{ totalPages: '2', totalElements: '3', page: 0, pageSize: 2 },
    });
  });

  it('shows the data that were asked for of devices that have them', async () => {
    await api.call('PATCH', '/devices/gw-1', { body: { attributes: { 'system.memory': 512 } } });
    const projections = [
      { key: 'name' },
      { key: 'createdTime' },
      { key: 'memory', keyQualifier: 'systemProperties' },
      { key: 'state', dataSource: 'CAMPAIGN_SERVICE' },
    ];
    const id = await result({ projections });
    const [first, second] = (await get(`filter-results/${id}`)).devices;
    expect(first.keyValuePair).toEqual([
      { key: 'name', valueString: '' },
      { key: 'createdTime', valueInt64: first.createdTime },
      { key: 'memory', valueString: '512' },
    ]);
    expect(second.keyValuePair).toHaveLength(2);
  });

  it('over a saved filter is the union of both, as the saved one is by then', async () => {
    const base = await define({ filters: [isIn('Lyon')], projections: [{ key: 'name' }] });
    const one = {
      keyObj: { key: 'id' },
      oredOperatorValuePair: [{ operator: 'CONTAINS', valueString: '3' }],
    };
    const id = await result({ baseFilterDefId: base, queryTypeForBaseFilterDef: 'ALL', filters: [one] });
    expect(await found(id)).toEqual(['gw-3']);
    expect((await get(`filter-results/${id}`)).devices[0].keyValuePair).toEqual([
      { key: 'name', valueString: '' },
    ]);
    await edit(base, { filters: [isIn('Oslo')] });
    expect(await found(id)).toEqual([]);
  });

  it('over a query that was made elsewhere holds those of the query that fit', async () => {
    const query = { name: 'q', expression: 'site = Lyon' };
    const { id: base } = done(await api.call('POST', '/queries', { body: query })).body;
    const one = {
      keyObj: { key: 'id' },
      oredOperatorValuePair: [{ operator: 'NOT_EQUAL_TO', valueString: 'gw-1' }],
    };
    expect(await found(await result({ baseFilterDefId: base, filters: [one] }))).toEqual(['gw-3']);
  });

  it('of more than a day ago makes way for new ones', async () => {
    const as = await newGuest(api, ['Create Filter Definition', 'View Filter Definition']);
    const make = async () => (await api.call('POST', '/api/filter-results', { as, body: {} })).body.id;
    const statusOf = async (id: string) =>
      (await api.call('GET', `/api/filter-results/${id}`, { as })).status;
    const old = await make();
    api.pass(23 * HOUR);
    const later = await make();
    expect(await statusOf(old)).toBe(200);
    api.pass(2 * HOUR);
    await make();
    expect([await statusOf(old), await statusOf(later)]).toEqual([404, 200]);
  });
});
