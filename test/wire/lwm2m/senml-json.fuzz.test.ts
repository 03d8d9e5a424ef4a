import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentFormats } from '../../../src/devices/lwm2m/codecs/content-format.ts';
import { readsAs } from '../../support/lwm2m-content.ts';
import { countReadable } from '../../support/mutator.ts';
import { noteFuzz } from '../../support/note-fuzz.ts';

const utf8 = (text: string): Uint8Array => Buffer.from(text);

const senmlJson = [
  utf8('[{"bn":"/3/0/","n":"0","vs":"Maker"},{"n":"9","v":80},{"n":"11/0","vd":"-_8"}]'),
  utf8('[{"n":"/5/0/3","v":2,"bv":1e3},{"n":"/9/0/17","vlo":"5:0","vb":null}]'),
];

const codecs = [{ name: 'SenML JSON', seeds: senmlJson, decode: readsAs(contentFormats.senmlJson, '/') }];

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
