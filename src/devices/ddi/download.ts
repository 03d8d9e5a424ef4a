import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Range } from '../../app/blobs.ts';
import { contentRange, type Representation, selectBytes } from '../../app/byte-range.ts';
import type { OpenedPackage } from '../../app/packages.ts';
import type { Package } from '../../domain/package.ts';
import { asAttachment, sendPoured, toStream, withValidators } from '../../http/download.ts';
import { errorOfRequest, MalformedRequest } from './errors.ts';
import { multipart, multipartLength, multipartType, readRanges } from './ranges.ts';
import { sendError } from './reply.ts';

const representationOf = ({ digests, createdAt }: Package): Representation => ({
  etag: `"${digests.sha1}"`,
  size: digests.size,
  modifiedAt: createdAt,
});

/** What is to be sent: all, some ranges, nothing new, or nothing that could be. */
const selectionOf = (
  { headers, method }: FastifyRequest,
  representation: Representation,
): readonly Range[] | 'whole' | 'not-modified' | undefined => {
  const { send } = selectBytes(representation, {
    // Only whether a range counts is asked here; which it is, this wire reads by its own rules.
    range: method === 'GET' && headers.range !== undefined ? 'bytes=0-' : undefined,
    ifRange: [headers['if-range']].flat().at(0),
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: headers['if-modified-since'],
  });
  if (send === 'not-modified' || send === 'whole') return send;
  return readRanges(headers.range ?? '', representation.size);
};

const checkMatch = ({ headers }: FastifyRequest, { etag }: Representation): void => {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted.trim() === '*') return;
  const tags: readonly string[] = wanted.match(/"[^"]*"/g) ?? [wanted];
  if (!tags.some((tag) => tag === etag || `"${tag}"` === etag))
    throw new MalformedRequest('precondition', `The bytes are ${etag}.`);
};

/** Clients that go on where they were cut ask to the end; the end alone is read by those that only look. */
const reachesEnd = (
  { headers }: FastifyRequest,
  selected: readonly Range[] | 'whole',
  size: number,
): boolean =>
  selected === 'whole' ||
  (selected.length === 1 && selected[0]?.end === size && /-\s*$/.test(headers.range ?? ''));

/**
 * Answers with the bytes of a package, or with those asked for (1.12). `sent` is called when the last byte
 * has left to a client that fetches all of them.
 */
export const sendArtifact = (
  request: FastifyRequest,
  reply: FastifyReply,
  opened: OpenedPackage,
  sent: () => void,
): FastifyReply => {
  const { pack } = opened;
  const representation = representationOf(pack);
  const { size } = representation;
  checkMatch(request, representation);
  const selected = selectionOf(request, representation);
  if (selected === undefined) {
    const error = errorOfRequest('range', `Expected ranges within the ${size} bytes.`);
    return sendError(reply.header('content-range', contentRange(undefined, size)), error);
  }
  withValidators(reply, representation);
  if (selected === 'not-modified') return reply.code(304).send();
  if (request.method === 'HEAD') {
    return asAttachment(reply, pack.fileName, size).code(200).type('application/octet-stream').send();
  }
  if (reachesEnd(request, selected, size)) reply.raw.once('finish', sent);
  return sendSelected(reply, opened, selected, size);
};

const sendSelected = (
  reply: FastifyReply,
  { pack, open, pour }: OpenedPackage,
  selected: readonly Range[] | 'whole',
  size: number,
): FastifyReply => {
  const { fileName } = pack;
  if (selected === 'whole') {
    asAttachment(reply, fileName, size).type('application/octet-stream');
    return sendPoured(reply, (take) => pour(undefined, take));
  }
  const [only, ...more] = selected;
  if (only !== undefined && more.length === 0) {
    asAttachment(reply, fileName, only.end - only.start)
      .code(206)
      .type('application/octet-stream')
      .header('content-range', contentRange(only, size));
    return sendPoured(reply, (take) => pour(only, take));
  }
  return asAttachment(reply, fileName, multipartLength(selected, size))
    .code(206)
    .type(multipartType)
    .send(toStream(multipart(selected, size, open)));
};

/** Answers as `md5sum` writes it, but without the end of the line. */
export const sendMd5sum = (reply: FastifyReply, { digests, fileName }: Package): FastifyReply => {
  const text = Buffer.from(`${digests.md5}  ${fileName}`);
  return asAttachment(reply, `${fileName}.MD5SUM`, text.length).type('text/plain; charset=utf-8').send(text);
};
