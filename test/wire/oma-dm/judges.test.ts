import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentTypeOf, readMessage, writeMessage } from '../../../src/devices/oma-dm/codec.ts';
import type { Encoding, Message } from '../../../src/devices/oma-dm/message.ts';
import { eachKind, messages } from '../../support/dm-messages.ts';
import { dissect, hasJudges, toWbxml, toXml } from '../../support/wbxml-judges.ts';

const read = (bytes: Uint8Array, encoding: Encoding): Message => {
  const message = readMessage(bytes, encoding);
  return message.ok ? message.value : expect.fail(message.refusal.expected);
};

/** The tools make white space their own. */
const inWords = (message: Message): unknown => JSON.parse(JSON.stringify(message).replace(/\\[nrt]|\s/g, ''));

/** Older document types have no Correlator, and wbxml2xml does not see where a CDATA of its own would end. */
const judged = messages
  .map((message) => ({ ...message, header: { ...message.header, verDtd: '1.2' } }))
  .filter((message) => !JSON.stringify(message).includes(']]>'));

describe.skipIf(!hasJudges())('independent programs', () => {
  it.each(eachKind)('understand the WBXML of a message: $kind', ({ message }) => {
    expect(read(toXml(writeMessage(message, 'wbxml')), 'xml')).toEqual(message);
  });

  it.each(eachKind)(
    'make WBXML that is understood, with and without a string table: $kind',
    ({ message }) => {
      const xml = writeMessage(message, 'xml');
      for (const options of [[], ['-n'], ['-v', '1.1'], ['-v', '1.3']])
        expect(read(toWbxml(xml, ...options), 'wbxml')).toEqual(message);
    },
  );

  it.each(eachKind)('see nothing malformed in the WBXML of a request: $kind', ({ message }) => {
    const seen = dissect(writeMessage(message, 'wbxml'), contentTypeOf('wbxml'));
    expect(seen).toContain('WAP Binary XML');
    expect(seen).toContain('</SyncML>');
    expect(seen).not.toMatch(/malformed|unknown tag|error/i);
  });

  it('agree on messages at random, in both directions', () => {
    fc.assert(
      fc.property(judged, (message) => {
        const fromXml = read(toXml(writeMessage(message, 'wbxml')), 'xml');
        const fromWbxml = read(toWbxml(writeMessage(message, 'xml')), 'wbxml');
        expect([fromXml, fromWbxml].map(inWords)).toEqual([message, message].map(inWords));
      }),
      { numRuns: 50, seed: 1_202 },
    );
  });
});
