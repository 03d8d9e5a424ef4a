import { bytesOf } from './data.ts';
import type { Data } from './message.ts';
import { publicIds, tokenOf } from './tokens.ts';
import type { Element } from './tree.ts';

/** Version 1.2, as the toolkit of the OMA writes it (B1.10). */
const VERSION = 0x02;
const UTF_8 = 0x6a;

const SWITCH_PAGE = 0x00;
const END = 0x01;
const STR_I = 0x03;
const OPAQUE = 0xc3;
const HAS_CONTENT = 0x40;

/** A number of seven bits a byte, the highest first (mb_u_int32). */
export const numberBytes = (value: number): readonly number[] => {
  const higher = Math.floor(value / 0x80);
  const digit = value % 0x80;
  return higher === 0 ? [digit] : [...numberBytes(higher).map((byte) => byte | 0x80), digit];
};

/** Text inline; bytes, and text with a NUL in it, as OPAQUE. */
const contentOf = (data: Data): readonly Uint8Array[] => {
  if (data.length === 0 && typeof data === 'string') return [];
  const bytes = bytesOf(data);
  return typeof data === 'string' && !data.includes('\0')
    ? [Uint8Array.of(STR_I), bytes, Uint8Array.of(0)]
    : [Uint8Array.of(OPAQUE, ...numberBytes(bytes.length)), bytes];
};

type Writer = { page: number; readonly parts: Uint8Array[] };

const write = (writer: Writer, { name, elements, data }: Element): void => {
  const token = tokenOf(name);
  if (token === undefined) return;
  if (token.page !== writer.page) writer.parts.push(Uint8Array.of(SWITCH_PAGE, token.page));
  writer.page = token.page;
  const content = contentOf(data);
  if (elements.length === 0 && content.length === 0) {
    writer.parts.push(Uint8Array.of(token.code));
    return;
  }
  writer.parts.push(Uint8Array.of(token.code | HAS_CONTENT), ...content);
  for (const element of elements) write(writer, element);
  writer.parts.push(Uint8Array.of(END));
};

/**
 * A document of SyncML without a string table. Elements that the code pages do not know are left out: they have no
 * token, and literals are not understood everywhere.
 */
export const writeWbxml = (root: Element, version: string): Uint8Array => {
  const { number } = publicIds.find((id) => id.version === version) ?? publicIds[0];
  const writer: Writer = { page: 0, parts: [Uint8Array.of(VERSION, ...numberBytes(number), UTF_8, 0)] };
  write(writer, root);
  return new Uint8Array(Buffer.concat(writer.parts));
};
