import { describe, expect, it } from 'vitest';
import { readMessage } from './codec.ts';
import { joinChunks } from './data.ts';
import type { Encoding, Message } from './message.ts';

/** What a stock client and the toolkit in it send (reference B1.4, B1.10, appendix), made again by hand. */
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const read = (bytes: Uint8Array, encoding: Encoding): Message => {
  const message = readMessage(bytes, encoding);
  return message.ok ? message.value : expect.fail(message.refusal.expected);
};

const meta = (name: string, text: string): string => `<${name} xmlns='syncml:metinf'>${text}</${name}>`;
const chr = `<Meta>${meta('Format', 'chr')}${meta('Type', 'text/plain')}</Meta>`;

const head = `<?xml version="1.0" encoding="UTF-8"?>
<SyncML xmlns='SYNCML:SYNCML1.2'>
  <SyncHdr>
    <VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>
    <Target><LocURI>http://127.0.0.1:8080/funambol/dm</LocURI></Target><Source><LocURI>DMCtest</LocURI></Source>
    <Cred><Meta>${meta('Format', 'b64')}${meta('Type', 'syncml:auth-basic')}</Meta><Data>ZnVuYW1ib2w6ZnVuYW1ib2w=</Data></Cred>
    <Meta>${meta('MaxMsgSize', '16384')}</Meta>
  </SyncHdr>`;

const firstPackage: Message = {
  header: {
    verDtd: '1.2',
    verProto: 'DM/1.2',
    sessionId: '1',
    msgId: 1,
    target: 'http://127.0.0.1:8080/funambol/dm',
    source: 'DMCtest',
    cred: { type: 'syncml:auth-basic', format: 'b64', data: 'ZnVuYW1ib2w6ZnVuYW1ib2w=' },
    meta: { maxMsgSize: 16_384 },
  },
  commands: [
    { name: 'Alert', cmdId: '1', code: 1201, items: [] },
    {
      name: 'Replace',
      cmdId: '2',
      items: [
        { source: './DevInfo', meta: { format: 'node' } },
        { source: './DevInfo/DevId', meta: { format: 'chr', type: 'text/plain' }, data: 'DMCtest' },
      ],
    },
  ],
  final: true,
};

const genericAlert: Message = {
  ...firstPackage,
  commands: [
    {
      name: 'Alert',
      cmdId: '2',
      correlator: 'corr-42',
      code: 1226,
      items: [{ source: './test/execute', meta: { format: 'text/plain', type: 'urn:test' }, data: '200' }],
    },
  ],
};

describe('a stock client in XML', () => {
  it('begins with its credentials, an alert and what it is', () => {
    const body = `<SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>
      <Item><Source><LocURI>./DevInfo</LocURI></Source><Meta>${meta('Format', 'node')}</Meta></Item>
      <Item><Source><LocURI>./DevInfo/DevId</LocURI></Source>${chr}<Data>DMCtest</Data></Item>
      </Replace><Final/></SyncBody></SyncML>`;
    expect(read(utf8(`${head}${body}`), 'xml')).toEqual(firstPackage);
  });

  it('has the Correlator before the Data of its alert', () => {
    const body = `<SyncBody><Alert><CmdID>2</CmdID><Correlator>corr-42</Correlator><Data>1226</Data>
      <Item><Source><LocURI>./test/execute</LocURI></Source>
      <Meta>${meta('Format', 'text/plain')}${meta('Type', 'urn:test')}</Meta><Data>200</Data></Item>
      </Alert><Final/></SyncBody></SyncML>`;
    expect(read(utf8(`${head}${body}`), 'xml')).toEqual(genericAlert);
  });
});

/** A document in WBXML from its tokens and inline strings. */
const wbxml = (...parts: readonly (number | string)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : utf8(part)))),
  );

type Parts = readonly (number | string)[];
const END = 0x01;
const leaf = (tag: number, text: string): Parts => [tag | 0x40, 0x03, text, 0x00, END];
const opaque = (tag: number, text: string): Parts => [tag | 0x40, 0xc3, utf8(text).length, text, END];
const branch = (tag: number, ...inner: readonly Parts[]): Parts => [tag | 0x40, ...inner.flat(), END];
const toMeta: Parts = [0x00, 0x01];
const toSyncml: Parts = [0x00, 0x00];
/** The toolkit switches pages around the children of each Meta. */
const metaOf = (...inner: readonly Parts[]): Parts => branch(0x1a, toMeta, ...inner, toSyncml);
const source = (uri: string): Parts => branch(0x27, leaf(0x17, uri));

const wbxmlHead: Parts = [
  ...[0x02, 0xa4, 0x01, 0x6a, 0x00, 0x6d],
  ...branch(
    0x2c,
    leaf(0x31, '1.2'),
    leaf(0x32, 'DM/1.2'),
    leaf(0x25, '1'),
    leaf(0x1b, '1'),
    branch(0x2e, leaf(0x17, 'http://127.0.0.1:8080/funambol/dm')),
    source('DMCtest'),
    branch(
      0x0e,
      metaOf(leaf(0x07, 'b64'), leaf(0x13, 'syncml:auth-basic')),
      leaf(0x0f, 'ZnVuYW1ib2w6ZnVuYW1ib2w='),
    ),
    metaOf(leaf(0x0c, '16384')),
  ),
];

describe('a stock client in WBXML', () => {
  it('begins with the bytes of the reference', () => {
    const hex = Buffer.from(wbxml(...wbxmlHead)).toString('hex');
    expect(hex.startsWith('02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703')).toBe(
      true,
    );
  });

  it('has what it is as opaque content', () => {
    const body = branch(
      0x2b,
      branch(0x06, leaf(0x0b, '1'), leaf(0x0f, '1201')),
      branch(
        0x20,
        leaf(0x0b, '2'),
        branch(0x14, source('./DevInfo'), metaOf(leaf(0x07, 'node'))),
        branch(
          0x14,
          source('./DevInfo/DevId'),
          metaOf(leaf(0x07, 'chr'), leaf(0x13, 'text/plain')),
          opaque(0x0f, 'DMCtest'),
        ),
      ),
      [0x12],
    );
    expect(read(wbxml(...wbxmlHead, ...body, END), 'wbxml')).toEqual(firstPackage);
  });

  it('has the Correlator before the Data of its alert', () => {
    const item = branch(
      0x14,
      source('./test/execute'),
      metaOf(leaf(0x07, 'text/plain'), leaf(0x13, 'urn:test')),
      leaf(0x0f, '200'),
    );
    const alert = branch(0x06, leaf(0x0b, '2'), leaf(0x3c, 'corr-42'), leaf(0x0f, '1226'), item);
    const body = branch(0x2b, alert, [0x12]);
    expect(read(wbxml(...wbxmlHead, ...body, END), 'wbxml')).toEqual(genericAlert);
  });
});

const inBody = (commands: string, prefix = ''): Uint8Array => {
  const [p, x] = prefix === '' ? ['', 'xmlns'] : [`${prefix}:`, `xmlns:${prefix}`];
  return utf8(
    `<${p}SyncML ${x}="SYNCML:SYNCML1.2"><${p}SyncBody><${p}Final/>${commands}</${p}SyncBody>` +
      `<${p}SyncHdr><${p}Source><${p}LocURI>d</${p}LocURI></${p}Source><${p}Target><${p}LocURI>s</${p}LocURI></${p}Target>` +
      `<${p}MsgID> 7 </${p}MsgID><${p}SessionID>1</${p}SessionID><${p}VerProto>DM/1.2</${p}VerProto>` +
      `<${p}VerDTD>1.2</${p}VerDTD></${p}SyncHdr></${p}SyncML>`,
  );
};

describe('a client that is free with XML', () => {
  it('may use prefixes, any order, comments and white space', () => {
    const commands =
      '<s:Get><!-- a --><s:Item><s:Target><s:LocURI>\n ./a \n</s:LocURI></s:Target></s:Item>' +
      '<s:CmdID>3</s:CmdID></s:Get>';
    expect(read(inBody(commands, 's'), 'xml')).toMatchObject({
      header: { msgId: 7, source: 'd', target: 's' },
      commands: [{ name: 'Get', cmdId: '3', items: [{ target: './a' }] }],
      final: true,
    });
  });

  it('may put meta information into MetInf, and content into CDATA', () => {
    const item =
      '<Item><Meta><MetInf xmlns="syncml:metinf"><Size>3</Size><Format>xml</Format></MetInf></Meta>' +
      '<Data>a<![CDATA[<b>&amp;]]>&#x41;</Data></Item>';
    expect(read(inBody(`<Replace><CmdID>1</CmdID>${item}</Replace>`), 'xml').commands).toMatchObject([
      { items: [{ meta: { size: 3, format: 'xml' }, data: 'a<b>&amp;A' }] },
    ]);
  });

  it('may give XML as content, which is kept as text', () => {
    const data = '<Data><Result xmlns="urn:x"><Code>1200</Code><Text>a&amp;b</Text><None/></Result></Data>';
    expect(
      read(inBody(`<Replace><CmdID>1</CmdID><Item>${data}</Item></Replace>`), 'xml').commands,
    ).toMatchObject([{ items: [{ data: '<Result><Code>1200</Code><Text>a&amp;b</Text><None/></Result>' }] }]);
  });

  it('may name an external document type, which is not fetched', () => {
    const doctype = '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "http://192.0.2.1/syncml.dtd">';
    const bytes = Buffer.concat([utf8(doctype), inBody('')]);
    expect(read(bytes, 'xml').final).toBe(true);
  });

  it('may send commands that nobody knows, which keep their names', () => {
    expect(read(inBody('<x:Frob xmlns:x="urn:x"><CmdID>9</CmdID></x:Frob>'), 'xml').commands).toEqual([
      { name: 'unknown', cmdId: '9', element: 'Frob' },
    ]);
  });
});

describe('a large object', () => {
  const whole = Uint8Array.from({ length: 100 }, (_, index) => (index * 7) % 256);

  it('is whole again, wherever its bytes were cut', () => {
    for (let at = 0; at <= whole.length; at += 1)
      expect(joinChunks([whole.subarray(0, at), whole.subarray(at)], 'bin')).toEqual(whole);
  });

  it('is whole again, wherever its base64 was cut', () => {
    const base64 = Buffer.from(whole).toString('base64');
    for (let at = 0; at <= base64.length; at += 1) {
      const chunks = [base64.slice(0, at), base64.slice(at)].map((text) => {
        const item = `<Item><Meta><Format>b64</Format></Meta><Data>${text}</Data></Item>`;
        const [command] = read(inBody(`<Replace><CmdID>1</CmdID>${item}</Replace>`), 'xml').commands;
        return (command?.name === 'Replace' && command.items[0]?.data) || '';
      });
      expect(joinChunks(chunks, 'b64')).toEqual(whole);
    }
  });

  it('is text again, though it was cut within a character', () => {
    const text = utf8('Größe 📦');
    for (let at = 0; at <= text.length; at += 1)
      expect(joinChunks([text.subarray(0, at), text.subarray(at)], 'chr')).toBe('Größe 📦');
  });
});
