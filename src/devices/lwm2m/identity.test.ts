import { describe, expect, it } from 'vitest';
import { normaliseDeviceId } from '../../domain/device.ts';
import { identifyEndpoint } from './identity.ts';

const identityOf = (endpoint: string) => {
  const identity = identifyEndpoint(endpoint);
  if (!identity.ok) throw new Error(identity.refusal.message);
  return identity.value;
};

const IMEI = '490154203237518';

describe('the IMEI of an endpoint', () => {
  it.each([
    `urn:imei:${IMEI}`,
    `URN:IMEI:${IMEI}`,
    'urn:imei:49-015420-323751-8',
    `urn:imei-imsi:${IMEI}-262011234567890`,
    `urn:imei-msisdn:${IMEI}-491701234567`,
    `urn:imei-msisdn:${IMEI}-+491701234567`,
    'urn:gsma:imei:49015420-323751-8',
    'urn:gsma:imei:49015420-323751-8;svn=42',
    ` ${IMEI} `,
  ])('is found in %s', (endpoint) => {
    expect(identityOf(endpoint)).toEqual({ id: IMEI, kind: 'imei', imei: IMEI });
  });

  it('without its check digit gets it, beside the id as it was given', () => {
    expect(identityOf('urn:imei:49015420323751')).toEqual({ id: '49015420323751', kind: 'imei', imei: IMEI });
  });

  it('with a software version is told without it, beside the id as it was given', () => {
    expect(identityOf('urn:imei:4901542032375142')).toEqual({
      id: '4901542032375142',
      kind: 'imei',
      imei: IMEI,
    });
  });

  it('with a wrong check digit is taken with a warning', () => {
    expect(identityOf('urn:imei:490154203237519')).toEqual({
      id: '490154203237519',
      kind: 'imei',
      imei: '490154203237519',
      wrongCheckDigit: true,
    });
  });

  it('is the id that operators give such a device', () => {
    const name = `urn:imei:${IMEI}`;
    expect(identityOf(name).id).toBe(normaliseDeviceId(name));
  });
});

describe('other endpoints', () => {
  it.each([
    ['urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'uuid'],
    ['urn:esn:12345678', 'urn:esn:12345678', 'esn'],
    ['urn:meid:A0000000002329', 'urn:meid:A0000000002329', 'meid'],
    ['urn:dev:ops:001122-Box-4711', 'urn:dev:ops:001122-Box-4711', 'ops'],
    ['urn:dev:os:32473-123456', 'urn:dev:os:32473-123456', 'os'],
    ['box-7@example.org', 'box-7@example.org', 'other'],
    ['12345', '12345', 'other'],
    ['urn:imei:12345', '12345', 'other'],
  ])('%s is the device %s', (endpoint, id, kind) => {
    expect(identityOf(endpoint)).toEqual({ id, kind });
  });

  it.each(['', '  ', 'a b', 'a/b', '../etc', 'gerät', 'x'.repeat(129), 'a\0', 'urn:imei:'])(
    '%j can be no device',
    (endpoint) => {
      expect(identifyEndpoint(endpoint).ok).toBe(false);
    },
  );
});
