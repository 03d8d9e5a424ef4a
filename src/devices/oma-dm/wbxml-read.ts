import { utf8Of } from './data.ts';
import { nameOf, publicIds } from './tokens.ts';
import { buildTree, type Element, limits, type TreeBuilder, unfit } from './tree.ts';

/** Bytes of a document, and how far they were read. */
type Cursor = { readonly bytes: Uint8Array; at: number };

type Document = { readonly cursor: Cursor; readonly strings: Uint8Array };

const next = (cursor: Cursor): number => {
  const byte = cursor.bytes[cursor.at] ?? unfit('a whole document');
  cursor.at += 1;
  return byte;
};

const take = (cursor: Cursor, length: number): Uint8Array => {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) unfit('lengths within the document');
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
};

const MOST_DIGITS = 5;
const MOST = 0xffff_ffff;

/** A number of seven bits a byte, the highest first (mb_u_int32). */
const readNumber = (cursor: Cursor): number => {
  let value = 0;
  for (let digit = 0; digit < MOST_DIGITS; digit += 1) {
    const byte = next(cursor);
    value = value * 0x80 + (byte & 0x7f);
    if (value > MOST) break;
    if (byte < 0x80) return value;
  }
  return unfit('numbers of at most 32 bits');
};

/** UTF-8 up to its NUL, which has to be there. */
const readText = (cursor: Cursor): string => {
  const end = cursor.bytes.indexOf(0, cursor.at);
  if (end < 0) unfit('strings that end');
  const text = utf8Of(take(cursor, end - cursor.at)) ?? unfit('strings in UTF-8');
  cursor.at += 1;
  return text;
};

const textAt = (strings: Uint8Array, at: number): string => {
  if (at >= strings.length) unfit('indexes within the string table');
  return readText({ bytes: strings, at });
};

/** UTF-8, ASCII, and what is not said. */
const charsets: readonly number[] = [106, 3, 0];

const LATEST = 0x03;

/** The head of a document, up to and with its string table. */
const readHead = (bytes: Uint8Array): Document => {
  const cursor: Cursor = { bytes, at: 0 };
  const version = next(cursor);
  if (version < 0x01 || version > LATEST) unfit('WBXML of version 1.1, 1.2 or 1.3');
  const number = readNumber(cursor);
  const index = number === 0 ? readNumber(cursor) : undefined;
  if (!charsets.includes(readNumber(cursor))) unfit('WBXML in UTF-8');
  const strings = take(cursor, readNumber(cursor));
  const name = index === undefined ? undefined : textAt(strings, index);
  if (!publicIds.some((id) => id.number === number || id.name === name))
    unfit('the public identifier of SyncML');
  return { cursor, strings };
};

const SWITCH_PAGE = 0x00;
const END = 0x01;
const ENTITY = 0x02;
const STR_I = 0x03;
const STR_T = 0x83;
const OPAQUE = 0xc3;

/** Codes that mean the same on every page: below 0x05 of each 64. */
const isGlobal = (byte: number): boolean => (byte & 0x3f) < 0x05;

const HAS_CONTENT = 0x40;
const HAS_ATTRIBUTES = 0x80;

const characterOf = (code: number): string => {
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  if (code === 0 || code > 0x10ffff || isSurrogate) unfit('entities of Unicode');
  return String.fromCodePoint(code);
};

const readContent = ({ cursor, strings }: Document, byte: number): string | Uint8Array => {
  switch (byte) {
    case ENTITY:
      return characterOf(readNumber(cursor));
    case STR_I:
      return readText(cursor);
    case STR_T:
      return textAt(strings, readNumber(cursor));
    case OPAQUE:
      return take(cursor, readNumber(cursor));
    default:
      return unfit('no literals, extensions or instructions');
  }
};

const openTag = (tree: TreeBuilder, page: number, byte: number): void => {
  if ((byte & HAS_ATTRIBUTES) !== 0) unfit('no attributes');
  tree.open(nameOf({ page, code: byte & 0x3f }));
  if ((byte & HAS_CONTENT) === 0) tree.close();
};

/** Reads one document of SyncML (B1.10), whatever of its forms it uses. Throws `Unfit`. */
export const readWbxml = (bytes: Uint8Array): Element => {
  if (bytes.length > limits.bytes) unfit(`at most ${limits.bytes} bytes`);
  const document = readHead(bytes);
  const { cursor } = document;
  const tree = buildTree();
  let page = 0;
  while (!tree.isWhole()) {
    const byte = next(cursor);
    if (byte === SWITCH_PAGE) page = next(cursor);
    else if (byte === END) tree.close();
    else if (isGlobal(byte)) tree.add(readContent(document, byte));
    else openTag(tree, page, byte);
  }
  if (cursor.at < bytes.length) unfit('nothing after the document');
  return tree.root();
};
