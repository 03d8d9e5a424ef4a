/** SyncML as a device writes and reads it, in XML and in WBXML; nothing of it is the server's. */

/** An element: its text, or the elements in it. `raw` is content that goes as bytes where the encoding can. */
export type El = {
  readonly name: string;
  readonly kids: readonly El[];
  readonly text: string;
  readonly raw?: Uint8Array;
};

export type Encoding = 'xml' | 'wbxml';

export const el = (name: string, ...kids: readonly (El | undefined)[]): El => ({
  name,
  kids: kids.filter((kid) => kid !== undefined),
  text: '',
});
export const leaf = (name: string, text: string | number): El => ({ name, kids: [], text: `${text}` });

/** The first element of that name in another, or in one of those on a path such as `Target/LocURI`. */
export const find = (element: El | undefined, path: string): El | undefined => {
  let at = element;
  for (const name of path.split('/')) at = at?.kids.find((kid) => kid.name === name);
  return at;
};
export const textAt = (element: El | undefined, path: string): string => find(element, path)?.text ?? '';
export const allOf = (element: El | undefined, name: string): readonly El[] =>
  element?.kids.filter((kid) => kid.name === name) ?? [];

const metaNames = ['Format', 'Type', 'Mark', 'Size', 'NextNonce', 'MaxMsgSize', 'MaxObjSize'];

const escaped = (text: string): string => text.replace(/[&<>]/g, (it) => `&#${it.charCodeAt(0)};`);

const xmlOf = ({ name, kids, text }: El): string => {
  const space = name === 'SyncML' ? " xmlns='SYNCML:SYNCML1.2'" : '';
  const tag = metaNames.includes(name) ? `${name} xmlns='syncml:metinf'` : `${name}${space}`;
  return `<${tag}>${kids.length > 0 ? kids.map(xmlOf).join('') : escaped(text)}</${name}>`;
};

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? '';
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });

type Open = { readonly name: string; readonly kids: El[]; text: string };

const piece = /<!\[CDATA\[([\s\S]*?)\]\]>|<[?!][\s\S]*?>|<(\/?)(?:[\w.-]+:)?([\w.-]+)[^>]*?(\/?)>|([^<]+)/g;

/** Reads whatever XML a server sends; throws where it does not end. */
export const readXml = (document: string): El => {
  const stack: Open[] = [{ name: '', kids: [], text: '' }];
  const close = (): void => {
    const { name, kids, text } = stack.pop() ?? { name: '', kids: [], text: '' };
    stack.at(-1)?.kids.push({ name, kids, text: kids.length > 0 ? '' : text });
  };
  for (const [, cdata, slash, name, empty, text] of document.matchAll(piece)) {
    const top = stack.at(-1);
    if (top !== undefined) top.text += cdata ?? unescaped(text ?? '');
    if (name === undefined) continue;
    if (slash !== '/') stack.push({ name, kids: [], text: '' });
    if (slash === '/' || empty === '/') close();
  }
  const root = stack[0]?.kids[0];
  if (stack.length !== 1 || root === undefined) throw new Error(`no whole XML: ${document}`);
  return root;
};

const codes: Readonly<Record<string, number>> = {
  ...{ Add: 0x05, Alert: 0x06, Atomic: 0x08, Chal: 0x09, Cmd: 0x0a, CmdID: 0x0b, CmdRef: 0x0c, Copy: 0x0d },
  ...{ Cred: 0x0e, Data: 0x0f, Delete: 0x10, Exec: 0x11, Final: 0x12, Get: 0x13, Item: 0x14, LocName: 0x16 },
  ...{ LocURI: 0x17, Meta: 0x1a, MsgID: 0x1b, MsgRef: 0x1c, NoResp: 0x1d, Replace: 0x20, RespURI: 0x21 },
  ...{ Results: 0x22, Sequence: 0x24, SessionID: 0x25, Source: 0x27, SourceRef: 0x28, Status: 0x29 },
  ...{ SyncBody: 0x2b, SyncHdr: 0x2c, SyncML: 0x2d, Target: 0x2e, TargetRef: 0x2f, VerDTD: 0x31 },
  ...{ VerProto: 0x32, MoreData: 0x34, Correlator: 0x3c, Search: 0x23 },
};
const metaCodes: Readonly<Record<string, number>> = {
  ...{
    Format: 0x07,
    Mark: 0x0b,
    MaxMsgSize: 0x0c,
    NextNonce: 0x10,
    Size: 0x12,
    Type: 0x13,
    MaxObjSize: 0x15,
  },
};
const namesOf = (table: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(table).map(([name, code]) => [code, name]));
const pages = [namesOf(codes), namesOf(metaCodes)];

const lengthOf = (value: number): readonly number[] =>
  value < 0x80 ? [value] : [...lengthOf(value >> 7).map((byte) => byte | 0x80), value & 0x7f];

/** As the toolkit does: pages are switched around what is in a Meta, Data of nodes is opaque, the rest inline. */
const wbxmlOf = ({ name, kids, text, raw }: El): Buffer => {
  const code = (metaNames.includes(name) ? metaCodes : codes)[name];
  if (code === undefined) throw new Error(`no token for ${name}`);
  if (kids.length === 0 && text === '' && raw === undefined) return Buffer.of(code);
  const inside = kids.map(wbxmlOf);
  if (name === 'Meta') inside.unshift(Buffer.of(0x00, 0x01));
  if (name === 'Meta') inside.push(Buffer.of(0x00, 0x00));
  if (raw !== undefined) inside.push(Buffer.of(0xc3, ...lengthOf(raw.length)), Buffer.from(raw));
  else if (kids.length === 0) inside.push(Buffer.of(0x03), Buffer.from(text), Buffer.of(0x00));
  return Buffer.concat([Buffer.of(code | 0x40), ...inside, Buffer.of(0x01)]);
};

/** Reads the WBXML of a server, which may use a string table; throws for what SyncML does not have. */
const readWbxml = (bytes: Buffer): El => {
  let at = 1;
  const number = (): number => {
    let value = 0;
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value = value * 0x80 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  };
  if (number() === 0) number();
  number();
  const tableLength = number();
  const table = bytes.subarray(at, at + tableLength);
  at += tableLength;
  let page = 0;
  const stringIn = (buffer: Buffer, from: number): string =>
    buffer.toString('utf8', from, buffer.indexOf(0, from));
  const element = (tag: number): El => {
    const name = pages[page]?.get(tag & 0x3f) ?? `unknown-${page}-${tag & 0x3f}`;
    const kids: El[] = [];
    const contents: Buffer[] = [];
    for (let token = (tag & 0x40) === 0 ? 0x01 : take(); token !== 0x01; token = take()) {
      if (token === 0x00) page = take();
      else if (token === 0x03) {
        const text = stringIn(bytes, at);
        at += Buffer.byteLength(text) + 1;
        contents.push(Buffer.from(text));
      } else if (token === 0x83) contents.push(Buffer.from(stringIn(table, number())));
      else if (token === 0xc3) {
        const length = number();
        contents.push(bytes.subarray(at, at + length));
        at += length;
      } else kids.push(element(token));
    }
    const raw = Buffer.concat(contents);
    return { name, kids, text: raw.toString('utf8'), raw: new Uint8Array(raw) };
  };
  const take = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error(`no whole WBXML: ${bytes.toString('hex')}`);
    return byte;
  };
  return element(take());
};

export const encode = (root: El, encoding: Encoding): Uint8Array =>
  encoding === 'xml'
    ? new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>${xmlOf(root)}`)
    : new Uint8Array(Buffer.concat([Buffer.of(0x02, 0xa4, 0x01, 0x6a, 0x00), wbxmlOf(root)]));

export const decode = (bytes: Uint8Array, encoding: Encoding): El =>
  encoding === 'xml' ? readXml(Buffer.from(bytes).toString()) : readWbxml(Buffer.from(bytes));
