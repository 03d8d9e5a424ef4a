import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentFormats } from '../../../src/devices/lwm2m/codecs/content-format.ts';
import { readsAs } from '../../support/lwm2m-content.ts';
import { countReadable } from '../../support/mutator.ts';
import { noteFuzz } from '../../support/note-fuzz.ts';

const utf8 = (text: string): Uint8Array => Buffer.from(text);

const omaJson = [
  utf8('{"bn":"/3/0/","e":[{"n":"0","sv":"Maker"},{"n":"9","v":80},{"n":"21","ov":"5:0"}]}'),
  utf8('{"e":[{"bv":true}],"bt":1}'),
];

const codecs = [
  { name: 'JSON of LwM2M 1.0', seeds: omaJson, decode: readsAs(contentFormats.omaJson, '/3/0') },
];

// Most inputs are no JSON; where its parser threw, nobody wants to know.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

describe.each(codecs)('a million inputs of $name', ({ name, seeds, decode }) => {
  it('give a value or an error and never throw, and some are good', { timeout: 60_000 }, async () => {
    const readable = countReadable(seeds, decode);
    await noteFuzz(name, readable);
    expect(readable).toBeGreaterThan(1000);
  });
});
