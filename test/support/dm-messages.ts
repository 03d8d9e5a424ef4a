import fc from 'fast-check';
import type { Command, Header, Item, Message, Meta } from '../../src/devices/oma-dm/message.ts';

/** Text as elements carry it: of XML's characters, without white space around it. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 24 }),
    fc.string({
      unit: fc.constantFrom('a', '<', '&', ']]>', '"', "'", ' ', '\u00A0', '\u{1F4E6}', '\u0416'),
      maxLength: 8,
    }),
  )
  .map((it) => it.replace(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '').trim());

/** Content, as it stands: any white space, line ends of each kind. */
const content = fc
  .tuple(
    fc.constantFrom('', ' ', '\r\n', '\n', '\t', '\r', '\uFEFF'),
    text,
    fc.constantFrom('', ' ', '\r', '\n'),
  )
  .map((parts) => parts.join(''));

const uri = fc.oneof(fc.constantFrom('./DevInfo/DevId', './FUMO', '.', 'IMEI:493005100592800'), text);
const cmdId = fc.integer({ min: 1, max: 99_999 }).map(String);
const number = fc.nat();
const bytes = fc.uint8Array({ maxLength: 64 });
const type = fc.constantFrom('text/plain', 'application/octet-stream', 'urn:test');

/** Bytes come under `b64`, as that is how either encoding has them; `bin` is for those that test WBXML alone. */
const metaAndData: fc.Arbitrary<Pick<Item, 'meta' | 'data'>> = fc.oneof(
  fc.record({
    meta: fc.record({ format: fc.constantFrom('chr', 'int', 'bool', 'xml', 'node'), type }),
    data: content,
  }),
  fc.record({ meta: fc.record({ format: fc.constant('b64'), type }), data: bytes }),
  fc.record({
    meta: fc.record({ format: fc.constant('chr'), type, mark: text, size: number }),
    data: content,
  }),
  fc.record({ meta: fc.record({ format: fc.constant('node') }) }),
  fc.constant({}),
);

const item: fc.Arbitrary<Item> = fc
  .tuple(
    fc.record({ target: uri, source: uri, moreData: fc.constant(true as const) }, { requiredKeys: [] }),
    metaAndData,
  )
  .map(([where, what]) => ({ ...where, ...what }));

const items = fc.array(item, { maxLength: 3 });
const noResp = fc.constant(true as const);

const scheme = fc.constantFrom('syncml:auth-basic', 'syncml:auth-md5');
const format = fc.constant('b64');
const cred = fc.record({ type: scheme, format, data: fc.base64String({ maxLength: 40 }) });
const chal = fc.record({ type: scheme, format, nextNonce: bytes }, { requiredKeys: ['type', 'format'] });

const status: fc.Arbitrary<Command> = fc.record(
  {
    name: fc.constant('Status' as const),
    cmdId,
    noResp,
    msgRef: number,
    cmdRef: cmdId,
    cmd: fc.constantFrom('SyncHdr', 'Alert', 'Replace', 'Exec'),
    targetRefs: fc.array(uri, { maxLength: 2 }),
    sourceRefs: fc.array(uri, { maxLength: 2 }),
    cred,
    chal,
    code: fc.integer({ min: 0, max: 599 }),
    items,
  },
  { requiredKeys: ['name', 'cmdId', 'msgRef', 'cmdRef', 'cmd', 'targetRefs', 'sourceRefs', 'code', 'items'] },
);

const results: fc.Arbitrary<Command> = fc.record(
  {
    name: fc.constant('Results' as const),
    cmdId,
    meta: fc.record({ type }),
    msgRef: number,
    cmdRef: cmdId,
    targetRef: uri,
    sourceRef: uri,
    items,
  },
  { requiredKeys: ['name', 'cmdId', 'cmdRef', 'items'] },
);

const alert: fc.Arbitrary<Command> = fc.record(
  {
    name: fc.constant('Alert' as const),
    cmdId,
    noResp,
    code: fc.constantFrom(1200, 1201, 1222, 1223, 1226),
    correlator: text,
    items,
  },
  { requiredKeys: ['name', 'cmdId', 'code', 'items'] },
);

const exec: fc.Arbitrary<Command> = fc.record(
  { name: fc.constant('Exec' as const), cmdId, noResp, correlator: text, items },
  { requiredKeys: ['name', 'cmdId', 'items'] },
);

const onItems: fc.Arbitrary<Command> = fc.record(
  {
    name: fc.constantFrom('Add' as const, 'Replace', 'Delete', 'Get', 'Copy'),
    cmdId,
    noResp,
    items,
  },
  { requiredKeys: ['name', 'cmdId', 'items'] },
);

/** Commands of the DTD that this server does not know. */
const unknown: fc.Arbitrary<Command> = fc.record(
  {
    name: fc.constant('unknown' as const),
    cmdId,
    noResp,
    element: fc.constantFrom('Put', 'Search', 'Sync', 'Map'),
  },
  { requiredKeys: ['name', 'cmdId', 'element'] },
);

const plain = fc.oneof(onItems, alert, exec, status, results, unknown);

const group: fc.Arbitrary<Command> = fc.record(
  {
    name: fc.constantFrom('Atomic' as const, 'Sequence'),
    cmdId,
    noResp,
    commands: fc.array(plain, { maxLength: 3 }),
  },
  { requiredKeys: ['name', 'cmdId', 'commands'] },
);

const sizes = fc.record({ maxMsgSize: number, maxObjSize: number }, { requiredKeys: ['maxMsgSize'] });
const headerMeta: fc.Arbitrary<Meta> = sizes;

const header: fc.Arbitrary<Header> = fc.record(
  {
    verDtd: fc.constantFrom('1.2', '1.1'),
    verProto: fc.constantFrom('DM/1.2', 'DM/1.1.2'),
    sessionId: fc.constantFrom('1', 'a', 'FFFF'),
    msgId: number,
    target: uri,
    targetName: text,
    source: uri,
    sourceName: text,
    respUri: uri,
    noResp,
    cred,
    meta: headerMeta,
  },
  { requiredKeys: ['verDtd', 'verProto', 'sessionId', 'msgId', 'target', 'source'] },
);

/** Messages of every kind as readers give them: Format and Type stand where there is data of a node. */
export const messages: fc.Arbitrary<Message> = fc.record({
  header,
  commands: fc.array(fc.oneof(plain, plain, group), { maxLength: 5 }),
  final: fc.boolean(),
});

/** A header as most tests need it. */
export const aHeader: Header = {
  verDtd: '1.2',
  verProto: 'DM/1.2',
  sessionId: '1',
  msgId: 1,
  target: 'https://updates.example/dm/a1',
  source: 'IMEI:493005100592800',
};

export const messageWith = (...commands: readonly Command[]): Message => ({
  header: aHeader,
  commands,
  final: true,
});

const described = (data: string | Uint8Array): Pick<Item, 'meta' | 'data'> =>
  typeof data === 'string'
    ? { meta: { format: 'chr', type: 'text/plain' }, data }
    : { meta: { format: 'b64', type: 'application/octet-stream' }, data };

const nonce = new TextEncoder().encode('Nonce');
const fromDevice = (source: string, data: string): Item => ({ source, ...described(data) });

/** One message of each kind that sessions have, and of each command. */
export const eachKind: readonly { readonly kind: string; readonly message: Message }[] = [
  {
    kind: 'package 1',
    message: {
      header: {
        ...aHeader,
        sourceName: 'Bruce2',
        cred: { type: 'syncml:auth-md5', format: 'b64', data: 'Zz6EivR3yeaaENcRN6lpAQ==' },
        meta: { maxMsgSize: 16_384, maxObjSize: 1_048_576 },
      },
      commands: [
        { name: 'Alert', cmdId: '1', code: 1201, items: [] },
        {
          name: 'Replace',
          cmdId: '2',
          items: [
            { source: './DevInfo', meta: { format: 'node' } },
            fromDevice('./DevInfo/DevId', 'IMEI:493005100592800'),
            fromDevice('./DevInfo/Man', 'Müller & Söhne <Ltd>'),
          ],
        },
      ],
      final: true,
    },
  },
  {
    kind: 'challenge',
    message: {
      header: { ...aHeader, respUri: 'https://updates.example/dm/a1/s?a=1&b=2', noResp: true },
      commands: [
        {
          name: 'Status',
          cmdId: '1',
          msgRef: 1,
          cmdRef: '0',
          cmd: 'SyncHdr',
          targetRefs: ['https://updates.example/dm/a1'],
          sourceRefs: ['IMEI:493005100592800'],
          chal: { type: 'syncml:auth-md5', format: 'b64', nextNonce: nonce },
          code: 407,
          items: [],
        },
      ],
      final: true,
    },
  },
  {
    kind: 'commands',
    message: messageWith(
      { name: 'Get', cmdId: '1', items: [{ target: './DevDetail/FwV' }, { target: './FUMO?prop=Type' }] },
      { name: 'Add', cmdId: '2', noResp: true, items: [{ target: './FUMO/x', meta: { format: 'node' } }] },
      { name: 'Replace', cmdId: '3', items: [{ target: './FUMO/x/PkgName', ...described('b 2') }] },
      { name: 'Delete', cmdId: '4', items: [{ target: './FUMO/y' }] },
      { name: 'Copy', cmdId: '5', items: [{ target: './a', source: './b' }] },
      { name: 'Exec', cmdId: '6', correlator: 'c-1', items: [{ target: './FUMO/x/Update' }] },
      {
        name: 'Atomic',
        cmdId: '7',
        commands: [{ name: 'Sequence', cmdId: '8', commands: [{ name: 'Get', cmdId: '9', items: [] }] }],
      },
    ),
  },
  {
    kind: 'results',
    message: messageWith(
      {
        name: 'Results',
        cmdId: '1',
        msgRef: 2,
        cmdRef: '1',
        meta: { type: 'text/plain' },
        targetRef: './a',
        sourceRef: './b',
        items: [{ source: './DevDetail/FwV', meta: { format: 'chr', type: 'text/plain' }, data: '1.0' }],
      },
      {
        name: 'Alert',
        cmdId: '2',
        code: 1226,
        correlator: 'c-1',
        items: [
          {
            source: './FUMO/x',
            meta: {
              format: 'int',
              type: 'org.openmobilealliance.dm.firmwareupdate.update',
              mark: 'critical',
            },
            data: '200',
          },
        ],
      },
    ),
  },
  {
    kind: 'chunk',
    message: {
      ...messageWith({
        name: 'Replace',
        cmdId: '1',
        items: [
          {
            target: './FUMO/x/Update/PkgData',
            meta: { format: 'b64', type: 'application/octet-stream', size: 4_000 },
            data: Uint8Array.of(0, 0xff, 0x3c, 1),
            moreData: true,
          },
        ],
      }),
      final: false,
    },
  },
  {
    kind: 'unknown command',
    message: messageWith({ name: 'unknown', cmdId: '1', element: 'Search' }),
  },
];
