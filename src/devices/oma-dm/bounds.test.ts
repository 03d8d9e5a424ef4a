import { describe, expect, it } from 'vitest';
import { messageWith } from '../../../test/support/dm-messages.ts';
import { readMessage, writeMessage } from './codec.ts';
import { numberBytes } from './wbxml-write.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const expectedOf = (bytes: Uint8Array, encoding: 'xml' | 'wbxml'): string | undefined => {
  const message = readMessage(bytes, encoding);
  return message.ok ? undefined : message.refusal.expected;
};
const inXml = (text: string) => expectedOf(utf8(text), 'xml');

const sample = Buffer.from(writeMessage(messageWith(), 'xml')).toString();
const body = sample.slice(sample.indexOf('<SyncML'));
const around = (commands: string): string => body.replace('<Final/>', commands);
const nested = (depth: number): string => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`;
const item = (content: string): string => `<Add><CmdID>1</CmdID><Item><Data>${content}</Data></Item></Add>`;

describe('XML', () => {
  it.each([
    ['a whole message', sample, undefined],
    ['a message without a declaration', body, undefined],
    ['a message after a byte order mark', `\uFEFF${sample}`, undefined],
    ['elements 32 deep', around(item(nested(27))), undefined],
    ['20,000 elements', around('<a><CmdID>1</CmdID></a>'.repeat(9_990)), undefined],
    ['elements 33 deep', around(item(nested(28))), 'at most 32 elements within each other'],
    [
      'more elements',
      around('<a><CmdID>1</CmdID></a>'.repeat(10_001)),
      'at most 20000 elements and attributes',
    ],
    [
      'more attributes',
      around(`<a ${Array.from({ length: 20_001 }, (_, index) => `a${index}=""`).join(' ')}/>`),
      'at most 20000 elements and attributes',
    ],
    ['more bytes', around(item('a'.repeat(1_048_576))), 'at most 1048576 bytes'],
    ['depth without an end', '<a>'.repeat(300_000), 'at most 32 elements within each other'],
    ['nothing', '', 'well-formed XML without entities of its own'],
    ['no XML', 'hello', 'well-formed XML without entities of its own'],
    ['half a message', sample.slice(0, -20), 'well-formed XML without entities of its own'],
    ['two documents', `${body}${body}`, 'well-formed XML without entities of its own'],
    ['another document', '<media/>', 'a document of SyncML'],
    ['no header', '<SyncML><SyncBody/></SyncML>', 'SyncHdr in SyncML'],
    ['no body', body.replace(/<SyncBody>.*<\/SyncBody>/, ''), 'SyncBody in SyncML'],
    ['no command id', around('<Get/>'), 'CmdID in each Get'],
    ['a message id that is no number', body.replace('<MsgID>1<', '<MsgID>0x1<'), 'a whole number as MsgID'],
    ['a negative one', body.replace('<MsgID>1<', '<MsgID>-1<'), 'a whole number as MsgID'],
    ['no source', body.replace(/<Source>.*<\/Source>/, ''), 'Source in SyncHdr'],
    [
      'a status without a code',
      around('<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd></Status>'),
      'Data in each Status',
    ],
    ['another encoding', sample.replace('UTF-8', 'ISO-8859-1'), 'XML in UTF-8'],
    ['an entity of its own', around(item('&lol;')), 'well-formed XML without entities of its own'],
    ['a character that is none', around(item('&#0;')), 'well-formed XML without entities of its own'],
    [
      'entities that grow',
      `<!DOCTYPE SyncML [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>${around(item('&c;'))}`,
      'no document type with declarations of its own',
    ],
    [
      'an entity from elsewhere',
      `<!DOCTYPE SyncML [<!ENTITY x SYSTEM "file:///etc/hostname">]>${around(item('&x;'))}`,
      'no document type with declarations of its own',
    ],
  ])('of %s', (_, text, expected) => {
    expect(inXml(text)).toBe(expected);
  });

  it('of bytes that are not UTF-8 is refused', () => {
    const latin = Buffer.from(around(item('\u00FC')), 'latin1');
    const wide = Buffer.from(sample, 'utf16le');
    expect(expectedOf(latin, 'xml')).toBe('XML in UTF-8');
    expect(expectedOf(wide, 'xml')).toBeDefined();
  });

  it('keeps to its limits in little time, however it is built', () => {
    const started = performance.now();
    for (const hostile of [
      `<a ${'b'.repeat(1_000_000)}`,
      `<a b="${'&#65;'.repeat(200_000)}"/>`,
      around(item('&amp;'.repeat(200_000))),
      around(item('<!---->a'.repeat(130_000))),
      around(item('<![CDATA[]]>'.repeat(87_000))),
      '<?a?>'.repeat(200_000),
      '<!DOCTYPE '.repeat(100_000),
      `<!DOCTYPE a ${'<'.repeat(1_000_000)}`,
      '<'.repeat(1_000_000),
      '&'.repeat(1_000_000),
      `<a>${']'.repeat(1_000_000)}</a>`,
    ])
      inXml(hostile);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

type Part = number | string | Uint8Array;
const toBytes = (part: Part): Uint8Array => {
  if (typeof part === 'string') return utf8(part);
  return typeof part === 'number' ? Uint8Array.of(part) : part;
};
const bytes = (...parts: readonly Part[]): Uint8Array => new Uint8Array(Buffer.concat(parts.map(toBytes)));
/** The same bytes many times. */
const times = (count: number, ...unit: readonly number[]): Uint8Array =>
  new Uint8Array(Buffer.alloc(count * unit.length, Uint8Array.from(unit)));
const plain = [0x02, 0xa4, 0x01, 0x6a, 0x00] as const;
const leaf = (tag: number, ...content: readonly Part[]) => [tag | 0x40, ...content, 0x01];
const text = (tag: number, content: string) => leaf(tag, 0x03, content, 0x00);
const place = (tag: number, uri: string) => leaf(tag, ...text(0x17, uri));
const header = [
  ...[0x6c, ...text(0x31, '1.2'), ...text(0x32, 'DM/1.2'), ...text(0x25, '1'), ...text(0x1b, '1')],
  ...[...place(0x2e, 's'), ...place(0x27, 'd'), 0x01],
];
const documentOf = (head: readonly Part[], ...commands: readonly Part[]): Uint8Array =>
  bytes(...head, 0x6d, ...header, 0x6b, ...commands, 0x01, 0x01);
/** An Add whose item has that content. */
const adding = (...content: readonly Part[]) =>
  leaf(0x05, ...text(0x0b, '1'), ...leaf(0x14, ...leaf(0x0f, ...content)));
const inWbxml = (document: Uint8Array) => expectedOf(document, 'wbxml');
const dataOf = (document: Uint8Array) => {
  const message = readMessage(document, 'wbxml');
  if (!message.ok) return expect.fail(message.refusal.expected);
  const [command] = message.value.commands;
  return command?.name === 'Add' ? command.items[0]?.data : undefined;
};
const publicName = '-//SYNCML//DTD SyncML 1.2//EN';

describe('WBXML', () => {
  it.each([
    ['version 1.1', [0x01, 0xa4, 0x01, 0x6a, 0x00]],
    ['version 1.3', [0x03, 0xa4, 0x01, 0x6a, 0x00]],
    ['SyncML 1.1', [0x02, 0x9f, 0x53, 0x6a, 0x00]],
    ['SyncML 1.0', [0x02, 0x9f, 0x51, 0x6a, 0x00]],
    ['a public identifier by name', [0x02, 0x00, 0x00, 0x6a, publicName.length + 1, publicName, 0x00]],
    [
      'a public identifier within the table',
      [0x02, 0x00, 0x02, 0x6a, publicName.length + 3, 'a', 0, publicName, 0],
    ],
    ['a number in more bytes than it needs', [0x02, 0x80, 0x80, 0x80, 0xa4, 0x01, 0x6a, 0x00]],
    ['ASCII', [0x02, 0xa4, 0x01, 0x03, 0x00]],
  ])('of %s is read', (_, head) => {
    expect(dataOf(documentOf(head, ...adding(0x03, 'a', 0x00)))).toBe('a');
  });

  it.each([
    ['version 1.0', [0x00, 0xa4, 0x01, 0x6a, 0x00], 'WBXML of version 1.1, 1.2 or 1.3'],
    ['a version to come', [0x04, 0xa4, 0x01, 0x6a, 0x00], 'WBXML of version 1.1, 1.2 or 1.3'],
    ['another document type', [0x02, 0x04, 0x6a, 0x00], 'the public identifier of SyncML'],
    ['another charset', [0x02, 0xa4, 0x01, 0x04, 0x00], 'WBXML in UTF-8'],
    ['an index outside the table', [0x02, 0x00, 0x07, 0x6a, 0x00], 'indexes within the string table'],
    ['a table longer than the document', [0x02, 0xa4, 0x01, 0x6a, 0xff, 0x7f], 'lengths within the document'],
    ['a number without an end', [0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 'numbers of at most 32 bits'],
    ['a number of 33 bits', [0x02, 0x90, 0x80, 0x80, 0x80, 0x00, 0x6a, 0x00], 'numbers of at most 32 bits'],
  ])('of %s is refused', (_, head, expected) => {
    expect(inWbxml(documentOf(head))).toBe(expected);
  });

  it.each([
    ['inline', plain, [0x03, 'a', 0x00, 0x03, 'b', 0x00], 'ab'],
    ['from the table', [0x02, 0xa4, 0x01, 0x6a, 0x05, 'ab', 0, 'c', 0], [0x83, 0x03, 0x83, 0x01], 'cb'],
    ['opaque', plain, [0xc3, 0x02, 'ab'], 'ab'],
    ['opaque and empty', plain, [0xc3, 0x00], ''],
    ['of entities', plain, [0x02, 0x83, 0xed, 0x66, 0x03, 'a', 0x00], '\uF6E6a'],
    ['on another page', plain, [0x00, 0x01, 0x00, 0x00, 0x03, 'a', 0x00], 'a'],
    ['with unknown elements', plain, [0x00, 0x02, 0x45, 0x03, 'a', 0x00, 0x01], '<page2-05>a</page2-05>'],
  ])('has content %s', (_, head, content, expected) => {
    expect(dataOf(documentOf(head, ...adding(...content)))).toBe(expected);
  });

  it('keeps opaque content that is no text as bytes', () => {
    expect(dataOf(documentOf(plain, ...adding(0xc3, 0x02, 0xff, 0x00)))).toEqual(Uint8Array.of(0xff, 0x00));
  });

  const literals = 'no literals, extensions or instructions';
  it.each([
    ['a literal', [0x04, 0x00], literals],
    ['a literal with content', [0x44, 0x00], literals],
    ['an instruction', [0x43, 0x01], literals],
    ['an extension', [0xc0], literals],
    ['attributes', [0x85, 0x01], 'no attributes'],
    ['an entity above Unicode', [0x02, 0x84, 0x80, 0x80, 0x00], 'entities of Unicode'],
    ['half a surrogate pair', [0x02, 0x83, 0xb0, 0x00], 'entities of Unicode'],
    ['an entity that is no character', [0x02, 0x00], 'entities of Unicode'],
    ['a string outside the table', [0x83, 0x00], 'indexes within the string table'],
    ['opaque content that is cut', [0xc3, 0xff, 0x7f], 'lengths within the document'],
    [
      'opaque content longer than memory',
      [0xc3, 0x8f, 0xff, 0xff, 0xff, 0x7f],
      'lengths within the document',
    ],
    ['a string that is not UTF-8', [0x03, 0xff, 0x00], 'strings in UTF-8'],
  ])('with %s is refused', (_, content, expected) => {
    expect(inWbxml(documentOf(plain, ...adding(...content)))).toBe(expected);
  });

  it('with a string that runs out of the table is refused', () => {
    const head = [0x02, 0xa4, 0x01, 0x6a, 0x02, 'ab'];
    expect(inWbxml(documentOf(head, ...adding(0x83, 0x00)))).toBe('strings that end');
  });

  it('has to end where its root does', () => {
    const whole = documentOf(plain);
    expect(inWbxml(bytes(...whole))).toBeUndefined();
    expect(inWbxml(bytes(...whole, 0x01))).toBe('nothing after the document');
    for (let length = 0; length < whole.length; length += 1)
      expect(inWbxml(whole.subarray(0, length))).toBeDefined();
  });

  it('that begins with an end, or content, is refused', () => {
    expect(inWbxml(bytes(...plain, 0x01))).toBe('no end without a beginning');
    expect(inWbxml(bytes(...plain, 0x03, 'a', 0x00))).toBe('a whole document');
  });

  it('is bounded in depth, elements and what it grows to', () => {
    const deep = (depth: number) => [times(depth, 0x7d), times(depth, 0x01)];
    expect(inWbxml(documentOf(plain, ...adding(...deep(27))))).toBeUndefined();
    expect(inWbxml(documentOf(plain, ...adding(...deep(28))))).toBe('at most 32 elements within each other');
    expect(inWbxml(documentOf(plain, ...adding(times(19_900, 0x3d))))).toBeUndefined();
    expect(inWbxml(documentOf(plain, ...adding(times(20_000, 0x3d))))).toBe(
      'at most 20000 elements and attributes',
    );
    const table = 'a'.repeat(10_000);
    const head = [0x02, 0xa4, 0x01, 0x6a, ...numberBytes(table.length + 1), table, 0x00];
    expect(inWbxml(documentOf(head, ...adding(times(100, 0x83, 0x00))))).toBeUndefined();
    expect(inWbxml(documentOf(head, ...adding(times(200_000, 0x83, 0x00))))).toBe(
      'at most 1048576 bytes of content',
    );
    expect(inWbxml(new Uint8Array(1_048_577))).toBe('at most 1048576 bytes');
  });

  it('keeps to its limits in little time, however it is built', () => {
    const started = performance.now();
    const many = (unit: readonly number[]) =>
      documentOf(plain, ...adding(times(Math.floor(1_000_000 / unit.length), ...unit)));
    for (const unit of [[0x00, 0x01], [0x02, 0x41], [0xc3, 0x00], [0x03, 0x00], [0x03, 0x61, 0x00], [0x45]])
      inWbxml(many(unit));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
