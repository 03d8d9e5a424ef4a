import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Take } from '../app/blobs.ts';
import { contentRange, type Representation, type Selection, selectBytes } from '../app/byte-range.ts';
import { attachment } from '../app/file-name.ts';
import type { OpenedPackage } from '../app/packages.ts';
import type { Package } from '../domain/package.ts';

/** Bytes as something that Fastify sends, and closes when the client goes away. */
export const toStream = (bytes: AsyncIterable<Uint8Array>): Readable =>
  bytes instanceof Readable ? bytes : Readable.from(bytes, { objectMode: false });

/**
 * Answers with bytes that are handed out (`Blobs.pour`), each piece once the system has taken the one before. When they
 * end early, or the client goes away, so does the connection.
 */
export const sendPoured = (reply: FastifyReply, pour: (take: Take) => Promise<void>): FastifyReply => {
  const { raw } = reply.hijack();
  let fail = (_: Error): void => undefined;
  let isOpen = true;
  const gone = new Error('the client went away');
  raw.once('close', () => {
    isOpen = false;
    fail(gone);
  });
  const take: Take = (piece) =>
    new Promise((resolve, reject) => {
      fail = reject;
      if (!isOpen) reject(gone);
      else raw.write(piece, (error) => (error ? reject(gone) : resolve()));
    });
  raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders);
  pour(take).then(
    () => raw.end(),
    (error: Error) => {
      if (error !== gone) reply.log.error({ err: error }, 'bytes could not be sent');
      raw.destroy();
    },
  );
  return reply;
};

/** So many bytes to be saved under a name, and to be taken for nothing else than they are. */
export const asAttachment = (reply: FastifyReply, fileName: string, length: number): FastifyReply =>
  reply
    .header('content-length', length)
    .header('content-disposition', attachment(fileName))
    .header('x-content-type-options', 'nosniff');

/** By what a client knows the bytes again, and that it may ask for a part of them. */
export const withValidators = (reply: FastifyReply, { etag, modifiedAt }: Representation): FastifyReply =>
  reply
    .header('etag', etag)
    .header('last-modified', new Date(modifiedAt).toUTCString())
    .header('accept-ranges', 'bytes');

const representationOf = ({ digests, createdAt }: Package): Representation => ({
  etag: `"sha256-${digests.sha256}"`,
  size: digests.size,
  modifiedAt: createdAt,
});

/** The bytes of a package never change; only whoever may read it may keep them, and as they are. */
const validators = (reply: FastifyReply, representation: Representation): FastifyReply =>
  withValidators(reply, representation).header(
    'cache-control',
    'private, max-age=31536000, immutable, no-transform',
  );

const describe = (reply: FastifyReply, pack: Package, length: number): FastifyReply =>
  asAttachment(reply.type(pack.contentType), pack.fileName, length).header(
    'repr-digest',
    `sha-256=:${Buffer.from(pack.digests.sha256, 'hex').toString('base64')}:`,
  );

/** The fields of a request that decide what is sent; of a repeated one, Node has joined or chosen. */
const selectionOf = ({ headers, method }: FastifyRequest, representation: Representation): Selection =>
  selectBytes(representation, {
    range: method === 'GET' ? headers.range : undefined,
    ifRange: [headers['if-range']].flat().at(0),
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: headers['if-modified-since'],
  });

/** Sends a wire's own answer to a range that lies outside of so many bytes; the headers are set. */
export type RefuseRange = (reply: FastifyReply, detail: string) => void;

/** Who asks whether the bytes are still the same knows them by what is said of them here, not elsewhere. */
const conditions = ['if-match', 'if-none-match', 'if-modified-since'];

/**
 * Leads a client to where others hand out the bytes; false where there is no such place, where downloads over its protocol
 * (`whose`) are not led there, or where only bytes here would do.
 */
export const sendElsewhere = async (
  { method, headers }: FastifyRequest,
  reply: FastifyReply,
  { pack, link }: OpenedPackage,
  { redirects, whose }: { readonly redirects: readonly string[]; readonly whose: string },
): Promise<boolean> => {
  if (method !== 'GET' || !redirects.includes(whose)) return false;
  if (conditions.some((name) => headers[name] !== undefined)) return false;
  const { fileName, contentType } = pack;
  const url = await link({ fileName, contentType });
  if (url === undefined) return false;
  reply.code(302).header('location', url).header('cache-control', 'no-store').send();
  return true;
};

/** Answers a GET with the bytes asked for. */
export const sendBytes = (
  request: FastifyRequest,
  reply: FastifyReply,
  { pack, pour }: OpenedPackage,
  refuse: RefuseRange,
): undefined => {
  const representation = representationOf(pack);
  const { size } = representation;
  const selection = selectionOf(request, representation);
  if (selection.send === 'unsatisfiable') {
    const asked = JSON.stringify(request.headers.range);
    reply.header('content-range', contentRange(undefined, size)).header('cache-control', 'no-store');
    return void refuse(reply, `Expected a range within the ${size} bytes; got ${asked}.`);
  }
  validators(reply, representation);
  if (selection.send === 'not-modified') return void reply.code(304).send();
  if (selection.send === 'whole') {
    describe(reply, pack, size).code(200);
    return void sendPoured(reply, (take) => pour(undefined, take));
  }
  const { range } = selection;
  describe(reply, pack, range.end - range.start)
    .code(206)
    .header('content-range', contentRange(range, size));
  return void sendPoured(reply, (take) => pour(range, take));
};

/** Answers a HEAD with the header of a GET of all bytes: a range counts for GET alone (RFC 9110, 14.2). */
export const sendHead = (
  request: FastifyRequest,
  reply: FastifyReply,
  { pack }: OpenedPackage,
): undefined => {
  const representation = representationOf(pack);
  validators(reply, representation);
  if (selectionOf(request, representation).send === 'not-modified') return void reply.code(304).send();
  return void describe(reply, pack, representation.size).code(200).send();
};
