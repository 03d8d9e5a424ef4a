import { describe, expect, it } from 'vitest';
import { contentFormats } from '../../../src/devices/lwm2m/codecs/content-format.ts';
import { decodeLinks } from '../../../src/devices/lwm2m/codecs/link-format.ts';
import { identifyEndpoint } from '../../../src/devices/lwm2m/identity.ts';
import { readRegistration } from '../../../src/devices/lwm2m/registration.ts';
import { readsAs } from '../../support/lwm2m-content.ts';
import { countReadable } from '../../support/mutator.ts';
import { noteFuzz } from '../../support/note-fuzz.ts';

const utf8 = (text: string): Uint8Array => Buffer.from(text);

const links = [
  utf8('</>;rt="oma.lwm2m";ct=110,</1>;ver=1.1,</1/0>,</2/0>,</5/0>,</31024>;ver=1.0'),
  utf8('</lwm2m>;rt="oma.lwm2m";ct="60 110",</lwm2m/3/0>,<5/0>;title="a, \\"b\\""'),
];

const names = [
  utf8('urn:imei:490154203237518'),
  utf8('urn:gsma:imei:49015420-323751-8;svn=42'),
  utf8('box-7'),
];

const registers = (payload: Uint8Array): boolean => {
  const text = Buffer.from(payload).toString('latin1');
  return readRegistration({ query: [`ep=${text}`, `lt=${text.length}`, text.slice(-8)], payload }).ok;
};

const codecs = [
  { name: 'link format', seeds: links, decode: (bytes: Uint8Array) => decodeLinks(bytes).ok },
  {
    name: 'text',
    seeds: [utf8('2'), utf8('-1.5e3'), utf8('5:0'), utf8('q80=')],
    decode: readsAs(contentFormats.text, '/5/0/3'),
  },
  {
    name: 'endpoint names',
    seeds: names,
    decode: (bytes: Uint8Array) => identifyEndpoint(Buffer.from(bytes).toString('latin1')).ok,
  },
];

describe.each(codecs)('a million inputs of $name', ({ name, seeds, decode }) => {
  it('give a value or an error and never throw, and some are good', { timeout: 60_000 }, async () => {
    const readable = countReadable(seeds, decode);
    await noteFuzz(name, readable);
    expect(readable).toBeGreaterThan(1000);
  });
});

it('a fifth of a million registrations give a registration or a refusal', { timeout: 60_000 }, () => {
  expect(countReadable(links, registers, 200_000)).toBeGreaterThan(1000);
});
