import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toCbor } from './cbor.ts';
import { MalformedRequest, type WireError } from './errors.ts';

const HAL = 'application/hal+json';
const JSON_TYPE = 'application/json';
export const CBOR_TYPE = 'application/cbor';

/** The first of the media types a client takes that a document comes in; hawkBit's own when it does not care. */
export const mediaTypeFor = (accept: string | undefined): string | undefined => {
  if (accept === undefined || accept.trim() === '') return HAL;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) continue;
    if (type === JSON_TYPE || type === CBOR_TYPE) return type;
    if (type === HAL || type === '*/*' || type === 'application/*') return HAL;
  }
  return undefined;
};

/** Refuses a client that takes no form of a document, before anything is done for it. */
export const checkAccept = ({ headers }: FastifyRequest): void => {
  if (mediaTypeFor(headers.accept) === undefined)
    throw new MalformedRequest('accept', `Expected ${HAL}, ${JSON_TYPE} or ${CBOR_TYPE} to be accepted.`);
};

const knows = (header: string | undefined, etag: string): boolean => {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const tags: readonly string[] = header.match(/"[^"]*"/g) ?? [];
  return tags.includes(etag);
};

/** Answers with a document, or with nothing to whoever has it already (1.3). */
export const sendDocument = (
  { headers }: FastifyRequest,
  reply: FastifyReply,
  document: object,
): FastifyReply => {
  const type = mediaTypeFor(headers.accept) ?? HAL;
  const body = type === CBOR_TYPE ? toCbor(document) : JSON.stringify(document);
  const etag = `"${hash('sha256', body, 'hex').slice(0, 32)}"`;
  reply.header('etag', etag);
  if (knows(headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.code(200).type(type).send(body);
};

/** Stock clients take nothing but 200 for success, and need to be told that the body is empty (2.6). */
export const sendEmpty = (reply: FastifyReply, status: 200 | 201 = 200): FastifyReply =>
  reply.code(status).send();

export const sendError = (reply: FastifyReply, { status, body }: WireError): FastifyReply =>
  reply.code(status).type(JSON_TYPE).send(JSON.stringify(body));
