import { generate, type NamedOption, parse } from 'coap-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeContent } from '../../../src/devices/lwm2m/codecs/content.ts';
import { encodeLinks } from '../../../src/devices/lwm2m/codecs/link-format.ts';
import { encodeTlv, type TlvEntry } from '../../../src/devices/lwm2m/codecs/tlv.ts';
import type { WrittenEntry } from '../../../src/devices/lwm2m/codecs/value.ts';
import { readRegistration } from '../../../src/devices/lwm2m/registration.ts';
import { instanceTlv, TLV } from '../../support/lwm2m-device-values.ts';
import { dissect, hasTshark } from '../../support/tshark.ts';

const MALFORMED = /malformed/i;

const option = (name: NamedOption['name'], value: string | Uint8Array): NamedOption => ({
  name,
  value: Buffer.from(value),
});

const tlvFormat = option('Content-Format', Uint8Array.of(TLV >> 8, TLV & 0xff));

let messageId = 0;
/** A write of TLV to an instance, by which the dissector knows the object; no two with one message id. */
const write = (path: string, payload: Uint8Array): Buffer => {
  messageId += 1;
  const segments = path.slice(1).split('/');
  return generate({
    code: '0.03',
    confirmable: true,
    messageId,
    token: Buffer.from([messageId >> 8, messageId & 0xff]),
    options: [...segments.map((segment) => option('Uri-Path', segment)), tlvFormat],
    payload: Buffer.from(payload),
  });
};

const bytes = fc.uint8Array({ maxLength: 300 });
const leaf = (kind: 'resource' | 'resource-instance') =>
  fc.record({ kind: fc.constant(kind), id: fc.nat(1000), value: bytes });
const multiple = fc.record({
  kind: fc.constant('multiple' as const),
  id: fc.nat(1000),
  entries: fc.array(leaf('resource-instance'), { minLength: 1, maxLength: 3 }),
});
const anyEntries: fc.Arbitrary<readonly TlvEntry[]> = fc.array(fc.oneof(leaf('resource'), multiple), {
  minLength: 1,
  maxLength: 3,
});

// Wakaama's registration, update and de-registration, recorded (reference, appendix).
const links = '</>;rt="oma.lwm2m";ct=110,</1>;ver=1.1,</1/0>,</2/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>';
const registration = Buffer.concat([
  Buffer.from(
    '4402ec6e6eeca37fb272641128396c776d326d3d312e310d0e65703d75726e3a696d65693a333531373536303531353233393939' +
      '03623d55056c743d3430ff',
    'hex',
  ),
  Buffer.from(links),
]);
const update = Buffer.from('4402ec6f6fecbd7fb272640435613366', 'hex');

it('the recorded registration is read by the server', () => {
  const { options, payload } = parse(registration);
  const query = options.filter(({ name }) => name === 'Uri-Query').map(({ value }) => value.toString());
  const read = readRegistration({ query, contentFormat: 40, payload });
  if (!read.ok) throw new Error(read.refusal.message);
  expect(read.value).toMatchObject({
    endpoint: 'urn:imei:351756051523999',
    version: '1.1',
    lifetime: 40,
    binding: 'U',
  });
  expect(read.value.objects.find(({ object }) => object === 5)?.instances).toEqual([0]);
});

describe.skipIf(!hasTshark())('Wireshark', () => {
  it('reads the recorded registration as the server does', () => {
    const details = dissect([registration, update]);
    expect(details).not.toMatch(MALFORMED);
    expect(details).toContain('Code: POST (2)');
    expect(details).toContain('Message ID: 60526');
    for (const query of ['lwm2m=1.1', 'ep=urn:imei:351756051523999', 'b=U', 'lt=40']) {
      expect(details).toContain(`Uri-Query: ${query}`);
    }
    expect(details).toContain('[Uri-Path: /rd/5a3f]');
  });

  it('reads a registration whose links we wrote', () => {
    const payload = encodeLinks([
      {
        target: '/',
        attributes: [
          ['rt', 'oma.lwm2m'],
          ['ct', '60 110'],
        ],
      },
      { target: '/5/0', attributes: [] },
    ]);
    const code = '0.02';
    const options = [
      option('Uri-Path', 'rd'),
      option('Content-Format', Uint8Array.of(40)),
      option('Uri-Query', 'Q'),
    ];
    const details = dissect([
      generate({ code, confirmable: true, messageId: 1, options, payload: Buffer.from(payload) }),
    ]);
    expect(details).not.toMatch(MALFORMED);
    expect(details).toContain(`Payload Content-Format: application/link-format, Length: ${payload.length}`);
  });

  it('reads what we write to a firmware object, value by value', () => {
    const entries: readonly WrittenEntry[] = [
      { path: '/5/0/1', value: { kind: 'text', text: 'coap://a/firmware' } },
      { path: '/5/0/3', value: { kind: 'integer', number: 2 } },
      { path: '/5/0/8/0', value: { kind: 'integer', number: 0 } },
      { path: '/5/0/8/1', value: { kind: 'integer', number: 3 } },
    ];
    const encoded = encodeContent(TLV, '/5/0', entries);
    if (!encoded.ok) throw new Error(encoded.refusal.code);
    const details = dissect([write('/5/0', encoded.value)]);
    expect(details).not.toMatch(MALFORMED);
    expect(details).toContain('Lightweight M2M TLV, Firmware Update (3 elements)');
    expect(details).toContain('[01] Package URI: coap://a/firmware');
    expect(details).toContain('[03] State: 2');
    expect(details).toContain('Firmware Update Protocol Support: 3');
  });

  it('reads what the simulated device answers', () => {
    const instance = new Map<number, string | number | readonly number[]>([
      [1, 'coap://127.0.0.1:5683/firmware'],
      [3, 1],
      [8, [0, 2]],
    ]);
    const details = dissect([write('/5/0', instanceTlv(instance))]);
    expect(details).not.toMatch(MALFORMED);
    expect(details).toContain('[01] Package URI: coap://127.0.0.1:5683/firmware');
  });

  it('finds nothing wrong with random entries of ours', () => {
    const samples = fc.sample(anyEntries, { numRuns: 300, seed: 7 });
    // Of an object that it does not know it judges the structure alone, not whether random bytes are an integer.
    const details = dissect(samples.map((entries) => write('/31024/0', encodeTlv(entries))));
    expect(details).not.toMatch(MALFORMED);
    expect(details.match(/Lightweight M2M TLV/g)).toHaveLength(samples.length);
  });

  it('would find bytes that are cut short', () => {
    const entry: TlvEntry = { kind: 'resource', id: 3, value: Uint8Array.of(1, 2) };
    expect(dissect([write('/5/0', encodeTlv([entry]).subarray(0, -1))])).toMatch(MALFORMED);
  });
});
