import { SaxesParser } from 'saxes';
import { textOf, utf8Of } from './data.ts';
import { isMetaInformation } from './tokens.ts';
import { buildTree, type Element, limits, unfit } from './tree.ts';

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Reads one document by local names (B1.11): UTF-8, no document type of its own, no entities but the five of XML.
 * Throws `Unfit`.
 */
export const readXml = (bytes: Uint8Array): Element => {
  if (bytes.length > limits.bytes) unfit(`at most ${limits.bytes} bytes`);
  const text = (utf8Of(bytes) ?? unfit('XML in UTF-8')).replace(/^\uFEFF/, '');
  const tree = buildTree();
  const parser = new SaxesParser({ position: false, defaultXMLVersion: '1.0', forceXMLVersion: true });
  let attributes = 0;
  parser.on('error', () => unfit('well-formed XML without entities of its own'));
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') unfit('XML in UTF-8');
  });
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) unfit('no document type with declarations of its own');
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > limits.nodes) unfit(`at most ${limits.nodes} elements and attributes`);
  });
  parser.on('opentag', ({ name }) => tree.open(localName(name)));
  parser.on('text', tree.add);
  parser.on('cdata', tree.add);
  parser.on('closetag', tree.close);
  parser.write(text).close();
  return tree.root();
};

const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Whether XML can carry a text as it stands. */
export const isXmlText = (text: string): boolean => text.search(illegal) < 0;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** A text for the content of an element or an attribute; characters that XML cannot carry become U+FFFD. */
export const escapeXml = (text: string): string =>
  text.replace(illegal, '\uFFFD').replace(/[&<>"\r]/g, (character) => escapes[character] ?? character);

type Namespaces = (name: string, parent: string | undefined) => string;

const none: Namespaces = () => '';

const write = (element: Element, namespaceOf: Namespaces, parent?: string): string => {
  const { name, elements, data } = element;
  const inside =
    elements.length > 0
      ? elements.map((child) => write(child, namespaceOf, name)).join('')
      : escapeXml(textOf(data));
  const tag = `${name}${namespaceOf(name, parent)}`;
  return inside === '' ? `<${tag}/>` : `<${tag}>${inside}</${name}>`;
};

/** Elements as text, without namespaces; for content that is XML itself. */
export const xmlOf = (elements: readonly Element[]): string =>
  elements.map((element) => write(element, none)).join('');

/** A document of SyncML with the namespaces of B1.4, in UTF-8. */
export const writeXml = (root: Element, version: string): Uint8Array => {
  const namespaceOf: Namespaces = (name, parent) => {
    if (parent === undefined) return ` xmlns="SYNCML:SYNCML${escapeXml(version)}"`;
    return isMetaInformation(name) && !isMetaInformation(parent) ? ' xmlns="syncml:metinf"' : '';
  };
  return new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>${write(root, namespaceOf)}`);
};
