import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachKind, messages, messageWith } from '../../../test/support/dm-messages.ts';
import { contentTypeOf, encodingOf, readMessage, writeMessage } from './codec.ts';
import type { Command, Encoding, Item, Message } from './message.ts';

const encodings = ['xml', 'wbxml'] as const satisfies readonly Encoding[];

const read = (bytes: Uint8Array, encoding: Encoding): Message => {
  const message = readMessage(bytes, encoding);
  return message.ok ? message.value : expect.fail(message.refusal.expected);
};

const roundTrip = (message: Message, ...through: readonly Encoding[]): Message =>
  through.reduce((it, encoding) => read(writeMessage(it, encoding), encoding), message);

const replace = (...items: readonly Item[]): Message => messageWith({ name: 'Replace', cmdId: '1', items });

const itemsOf = ({ commands }: Message): readonly Item[] =>
  commands.flatMap((command) => ('items' in command ? command.items : []));

const textOf = (message: Message): string => Buffer.from(writeMessage(message, 'xml')).toString();

describe.each(encodings)('a message in %s', (encoding) => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(roundTrip(message, encoding)).toEqual(message);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(eachKind)('is read as it was written: $kind', ({ message }) => {
    expect(roundTrip(message, encoding)).toEqual(message);
  });

  it('says Format and Type of data that says neither', () => {
    const meta = { format: 'chr', type: 'text/plain' };
    expect(itemsOf(roundTrip(replace({ target: './a', data: 'b' }), encoding))).toEqual([
      { target: './a', meta, data: 'b' },
    ]);
    expect(itemsOf(roundTrip(replace({ target: './a' }), encoding))).toEqual([{ target: './a' }]);
  });

  it('leaves what is said of all items of a command to the command', () => {
    const message = messageWith({
      name: 'Replace',
      cmdId: '1',
      meta: { format: 'b64', type: 'application/octet-stream' },
      items: [{ target: './a', data: Uint8Array.of(0xff) }],
    });
    expect(itemsOf(roundTrip(message, encoding))).toMatchObject([
      { target: './a', data: Uint8Array.of(0xff) },
    ]);
  });

  it('keeps an empty nonce and one that is no text', () => {
    for (const nextNonce of [new Uint8Array(), Uint8Array.of(0, 0xff, 0x0d)]) {
      const status: Command = {
        name: 'Status',
        cmdId: '1',
        msgRef: 1,
        cmdRef: '0',
        cmd: 'SyncHdr',
        targetRefs: [],
        sourceRefs: [],
        chal: { type: 'syncml:auth-md5', format: 'b64', nextNonce },
        code: 401,
        items: [],
      };
      expect(roundTrip(messageWith(status), encoding).commands).toEqual([status]);
    }
  });

  it('keeps text that is no base64 under that Format', () => {
    const items = [{ target: './a', meta: { format: 'b64', type: 'a/b' }, data: 'AAECA' }];
    expect(itemsOf(roundTrip(replace(...items), encoding))).toEqual(items);
  });
});

describe('a message in both encodings', () => {
  it('says the same, whichever way it went before', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(roundTrip(message, 'xml', 'wbxml', 'xml')).toEqual(message);
      }),
      { numRuns: 500 },
    );
  });

  it('has bytes as such in WBXML, and in base64 under that Format in XML', () => {
    const bytes = Uint8Array.of(0, 1, 0xfe, 0xff);
    const message = replace({ target: './a', meta: { format: 'bin', type: 'a/b' }, data: bytes });
    expect(roundTrip(message, 'wbxml')).toEqual(message);
    expect(Buffer.from(writeMessage(message, 'wbxml')).includes(bytes)).toBe(true);
    expect(itemsOf(roundTrip(message, 'xml'))).toEqual([
      { target: './a', meta: { format: 'b64', type: 'a/b' }, data: bytes },
    ]);
    expect(textOf(message)).toContain('<Data>AAH+/w==</Data>');
  });

  it('carries bytes without a Format as those of bin', () => {
    const message = replace({ target: './a', data: Uint8Array.of(0xff) });
    const meta = { format: 'bin', type: 'application/octet-stream' };
    expect(itemsOf(roundTrip(message, 'wbxml'))).toMatchObject([{ meta }]);
    expect(itemsOf(roundTrip(message, 'xml'))).toMatchObject([{ meta: { ...meta, format: 'b64' } }]);
  });

  it('carries content that XML has no characters for', () => {
    const message = replace({ target: './a', meta: { format: 'chr', type: 'a/b' }, data: 'a\0\u0001b' });
    expect(roundTrip(message, 'wbxml')).toEqual(message);
    expect(itemsOf(roundTrip(message, 'xml'))).toMatchObject([
      { meta: { format: 'b64' }, data: new TextEncoder().encode('a\0\u0001b') },
    ]);
  });
});

describe('XML that is written', () => {
  it('is in the order of the document type, with the namespaces of its parts', () => {
    const [first] = eachKind;
    expect(first && textOf(first.message)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD>' +
        '<VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>' +
        '<Target><LocURI>https://updates.example/dm/a1</LocURI></Target>' +
        '<Source><LocURI>IMEI:493005100592800</LocURI><LocName>Bruce2</LocName></Source>' +
        '<Cred><Meta><Format xmlns="syncml:metinf">b64</Format>' +
        '<Type xmlns="syncml:metinf">syncml:auth-md5</Type></Meta><Data>Zz6EivR3yeaaENcRN6lpAQ==</Data></Cred>' +
        '<Meta><MaxMsgSize xmlns="syncml:metinf">16384</MaxMsgSize>' +
        '<MaxObjSize xmlns="syncml:metinf">1048576</MaxObjSize></Meta></SyncHdr><SyncBody>' +
        '<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>' +
        '<Item><Source><LocURI>./DevInfo</LocURI></Source>' +
        '<Meta><Format xmlns="syncml:metinf">node</Format></Meta></Item>' +
        '<Item><Source><LocURI>./DevInfo/DevId</LocURI></Source>' +
        '<Meta><Format xmlns="syncml:metinf">chr</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta>' +
        '<Data>IMEI:493005100592800</Data></Item><Item><Source><LocURI>./DevInfo/Man</LocURI></Source>' +
        '<Meta><Format xmlns="syncml:metinf">chr</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta>' +
        '<Data>Müller &amp; Söhne &lt;Ltd&gt;</Data></Item></Replace><Final/></SyncBody></SyncML>',
    );
  });
});

describe('a media type', () => {
  it.each([
    ['application/vnd.syncml.dm+xml', 'xml'],
    ['application/vnd.syncml+xml; charset=utf-8', 'xml'],
    ['Application/vnd.syncml.dm+WBXML', 'wbxml'],
    ['application/vnd.syncml+wbxml', 'wbxml'],
    ['application/xml', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('%j is of the encoding %s', (type, encoding) => {
    expect(encodingOf(type)).toBe(encoding);
  });

  it('of an answer is that of device management', () => {
    expect(encodings.map(contentTypeOf)).toEqual([
      'application/vnd.syncml.dm+xml',
      'application/vnd.syncml.dm+wbxml',
    ]);
  });
});
