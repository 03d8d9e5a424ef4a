import { describe, expect, it } from 'vitest';
import { contentFormats } from '../../../src/devices/lwm2m/codecs/content-format.ts';
import { readsAs } from '../../support/lwm2m-content.ts';
import { countReadable } from '../../support/mutator.ts';
import { noteFuzz } from '../../support/note-fuzz.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex');

const tlv = [
  hex('c001 c10300 c10500 88080c 410000 410101 410202 410303 c10902'),
  hex('c303312e30'),
  hex('080010 c10300 c10500 86 08 410000 410101 c10902'),
];

const codecs = [
  { name: 'TLV', seeds: tlv, decode: readsAs(contentFormats.tlv, '/5/0') },
  { name: 'opaque values', seeds: tlv, decode: readsAs(contentFormats.opaque, '/5/0/0') },
];

describe.each(codecs)('a million inputs of $name', ({ name, seeds, decode }) => {
  it('give a value or an error and never throw, and some are good', { timeout: 60_000 }, async () => {
    const readable = countReadable(seeds, decode);
    await noteFuzz(name, readable);
    expect(readable).toBeGreaterThan(1000);
  });
});
