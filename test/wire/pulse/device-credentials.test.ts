import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { done } from './prepare.ts';

let api: Api;
let id: string;
beforeEach(async () => {
  api = await startApi();
  id = done(await api.call('POST', '/api/devices', { body: { name: 'gw' } })).body.id;
});
afterEach(() => api.close());

const issue = (body: unknown = {}) => api.call('POST', `/api/device-credentials/${id}`, { body });
const credential = async (): Promise<string> => done(await issue()).body.credentials;
const proofOf = (authBody: unknown, type: unknown = 'JWT_NATIVE'): string =>
  Buffer.from(JSON.stringify({ type, authBody })).toString('base64');
const tokenFor = (device: string, proof: string) =>
  api.call('GET', `/api/device-tokens/${device}`, { as: null, headers: { 'x-device-auth': proof } });

describe('a credential', () => {
  it('gives a token, in every form in which clients show it, and the token opens the gateway side', async () => {
    const secret = await credential();
    const proof = proofOf(secret);
    for (const shown of [secret, proof, Buffer.from(proof, 'base64').toString('base64url')]) {
      const reply = await tokenFor(id, shown);
      expect(reply).toMatchObject({ status: 200, body: { deviceId: id, accessToken: expect.any(String) } });
      const as = reply.body.accessToken;
      expect(await api.call('GET', `/api/devices/${id}/enroll`, { as })).toMatchObject({
        status: 200,
        body: { id },
      });
    }
    expect((await api.call('GET', `/api/devices/${id}`)).body.enrollmentState).toBe('ENROLLED');
  });

  it('of another device gives none', async () => {
    const other = done(await api.call('POST', '/api/devices', { body: { name: 'other' } })).body.id;
    expect(await tokenFor(other, proofOf(await credential()))).toMatchObject({
      status: 401,
      body: { code: 16 },
    });
  });

  it('ends with those of its device, and its token with it', async () => {
    const secret = await credential();
    const as = (await tokenFor(id, proofOf(secret))).body.accessToken;
    await api.call('DELETE', `/api/device-credentials/${id}`);
    expect((await tokenFor(id, proofOf(secret))).status).toBe(401);
    expect((await api.call('GET', `/api/devices/${id}/enroll`, { as })).status).toBe(401);
  });

  it('may be one of eight, until they are revoked', async () => {
    for (let count = 0; count < 8; count += 1) expect((await issue()).status).toBe(200);
    expect(await issue()).toMatchObject({ status: 400, body: { code: 3 } });
    await api.call('DELETE', `/api/device-credentials/${id}`);
    expect((await issue()).status).toBe(200);
  });

  it('of older versions ends when it was told to', async () => {
    const path = `/api/device-credentials/${id}`;
    const passing = (await api.call('GET', `${path}?expiryTime=60`)).body.credentials;
    const lasting = (await api.call('GET', path)).body.credentials;
    api.pass(60_000);
    expect((await tokenFor(id, proofOf(passing))).status).toBe(401);
    expect((await tokenFor(id, proofOf(lasting))).status).toBe(200);
  });

  it.each(['[]', '"text"', '5', '{"a":'])('is refused with the parameters %s', async (requestParams) => {
    expect(await issue({ requestParams })).toMatchObject({ status: 400, body: { code: 3 } });
  });

  it.each(['{}', '', '{"tpm_ek":"123456"}'])('takes the parameters %j', async (requestParams) => {
    expect((await issue({ requestParams })).status).toBe(200);
  });
});

describe('a proof', () => {
  it.each([
    ['that is no base64', '***'],
    ['that is no JSON', Buffer.from('secret').toString('base64')],
    ['that is no object', Buffer.from('["JWT_NATIVE"]').toString('base64')],
    ['of a user name and a password', proofOf('user:password', 'BASIC')],
    ['of no type', proofOf('x', null)],
    ['of nothing', proofOf(undefined)],
  ])('%s is refused in words', async (_, proof) => {
    expect(await tokenFor(id, proof)).toMatchObject({
      ...{ status: 400, body: { code: 3, message: expect.stringMatching(/^x-device-auth: /) } },
    });
  });

  it.each([
    ['that is too short', 'x'],
    ["that is a person's", 'admin'],
    ['of an account that there is not', 'gateway/NOWHERE/gw/secret'],
    ['with broken signs', 'gateway/+E4/gw/secret'],
    ['that is very long', `gateway/${'x'.repeat(8_000)}`],
  ])('%s is answered like a wrong one', async (_, authBody) => {
    const proof = proofOf(authBody === 'admin' ? api.admin : authBody);
    expect(await tokenFor(id, proof)).toMatchObject({
      ...{ status: 401, body: { code: 16, message: 'The credentials are not valid.' } },
    });
  });
});
