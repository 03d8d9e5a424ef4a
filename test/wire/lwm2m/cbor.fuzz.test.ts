import { describe, expect, it } from 'vitest';
import { decodeCbor } from '../../../src/devices/lwm2m/codecs/cbor.ts';
import { contentFormats } from '../../../src/devices/lwm2m/codecs/content-format.ts';
import { readsAs } from '../../support/lwm2m-content.ts';
import { countReadable } from '../../support/mutator.ts';
import { noteFuzz } from '../../support/note-fuzz.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex');

const senmlCbor = [
  hex('84a321662f352f302f380062 2f300200 a200622f310201 a200622f320204 a200622f330205'),
  hex('81a3006 62f392f302f31 2 03 63 6f6e65 08 42 0001'.replace(/\s/g, '')),
  hex('9fbf21652f332f302f0061300263 312e30 04f5 ffff'.replace(/\s/g, '')),
];

const codecs = [
  { name: 'SenML CBOR', seeds: senmlCbor, decode: readsAs(contentFormats.senmlCbor, '/') },
  { name: 'CBOR', seeds: senmlCbor, decode: (bytes: Uint8Array) => decodeCbor(bytes).ok },
];

describe.each(codecs)('a million inputs of $name', ({ name, seeds, decode }) => {
  it('give a value or an error and never throw, and some are good', { timeout: 60_000 }, async () => {
    const readable = countReadable(seeds, decode);
    await noteFuzz(name, readable);
    expect(readable).toBeGreaterThan(1000);
  });
});
