import { ok } from '../../../domain/result.ts';
import { utf8 } from './bytes.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';

/** A link of RFC 6690: what stands in angle brackets, and its attributes; one without a value is empty. */
export type Link = {
  readonly target: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
};

/** `<…>` up to the bracket, then attributes; a comma inside quotes or brackets separates nothing. */
const TARGET = /[ \t\r\n]*<([^<>]*)>/y;
const ATTRIBUTE = /[ \t\r\n]*;[ \t\r\n]*([^\s;,="<>]+)(?:=(?:"((?:[^"\\]|\\[\s\S])*)"|([^\s;,"]*)))?/y;
const SEPARATOR = /[ \t\r\n]*(,|$)/y;

/** Reads link format, bare and quoted values alike; a comma after the last link is let pass. */
export const decodeLinks = (payload: Uint8Array): Decoded<readonly Link[]> => {
  if (payload.length > codecLimits.payload) return tooLarge('bytes', codecLimits.payload);
  const text = utf8(payload);
  if (text === undefined) return malformed('the links are not UTF-8');
  return text.trim() === '' ? ok([]) : readLinks(text);
};

const readLinks = (text: string): Decoded<readonly Link[]> => {
  const links: Link[] = [];
  let at = 0;
  while (at < text.length || links.length === 0) {
    if (links.length >= codecLimits.links) return tooLarge('links', codecLimits.links);
    const link = readLink(text, at);
    if (link === undefined) return malformed('no link where one should be', at);
    links.push(link.link);
    if (link.last) break;
    at = link.end;
  }
  return ok(links);
};

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
};

const readLink = (
  text: string,
  from: number,
): { readonly link: Link; readonly end: number; readonly last: boolean } | undefined => {
  const target = match(TARGET, text, from);
  if (target === undefined) return undefined;
  const attributes: [string, string][] = [];
  let at = from + target[0].length;
  for (;;) {
    const attribute = match(ATTRIBUTE, text, at);
    if (attribute === undefined) break;
    const [whole, name = '', quoted, bare = ''] = attribute;
    attributes.push([name, quoted?.replace(/\\([\s\S])/g, '$1') ?? bare]);
    at += whole.length;
  }
  const separator = match(SEPARATOR, text, at);
  if (separator === undefined) return undefined;
  const link = { target: target[1] ?? '', attributes };
  return { link, end: at + separator[0].length, last: separator[1] === '' };
};

const TOKEN = /^[^\s;,="<>\\]+$/;

/** Link format of links whose targets hold no angle bracket and whose attribute names are tokens. */
export const encodeLinks = (links: readonly Link[]): Uint8Array =>
  Buffer.from(
    links
      .map(({ target, attributes }) => [`<${target}>`, ...attributes.map(attributeText)].join(';'))
      .join(','),
  );

const attributeText = ([name, value]: readonly [string, string]): string => {
  if (value === '') return name;
  return TOKEN.test(value) ? `${name}=${value}` : `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
};
