import type { Result } from '../../domain/result.ts';
import type { Encoding, Message, Unreadable } from './message.ts';
import { messageOf } from './read-message.ts';
import { attempt } from './tree.ts';
import { readWbxml } from './wbxml-read.ts';
import { writeWbxml } from './wbxml-write.ts';
import { documentOf } from './write-message.ts';
import { readXml, writeXml } from './xml.ts';

/** One message within the bounds of B1.10 and B1.11; never throws, whatever the bytes. */
export const readMessage = (bytes: Uint8Array, encoding: Encoding): Result<Message, Unreadable> =>
  attempt(() => messageOf(encoding === 'xml' ? readXml(bytes) : readWbxml(bytes)));

/**
 * One message in the order of the DTD. Nodes with data are given a Format and a Type; bytes are base64 in XML, under
 * the Format `b64`.
 */
export const writeMessage = (message: Message, encoding: Encoding): Uint8Array => {
  const document = documentOf(message, encoding);
  const { verDtd } = message.header;
  return encoding === 'xml' ? writeXml(document, verDtd) : writeWbxml(document, verDtd);
};

/** Media types of SyncML that devices send (B1.2). */
const contentTypes = {
  'application/vnd.syncml.dm+xml': 'xml',
  'application/vnd.syncml+xml': 'xml',
  'application/vnd.syncml.dm+wbxml': 'wbxml',
  'application/vnd.syncml+wbxml': 'wbxml',
} as const satisfies Readonly<Record<string, Encoding>>;

/** The encoding by a Content-Type, parameters aside; `undefined` where it is none of SyncML. */
export const encodingOf = (contentType: string): Encoding | undefined => {
  const [type = ''] = contentType.split(';');
  const name = type.trim().toLowerCase();
  return new Map<string, Encoding>(Object.entries(contentTypes)).get(name);
};

/** The Content-Type of an answer. */
export const contentTypeOf = (encoding: Encoding): string => `application/vnd.syncml.dm+${encoding}`;
