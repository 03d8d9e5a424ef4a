import type { FastifyRequest } from 'fastify';
import type { PackageInput, Upload } from '../../app/package-upload.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { bytesOf } from '../../http/body.ts';
import { type Form, readForm } from '../../http/form.ts';
import type { UploadQuery } from '../../wire/pulse/programs.ts';
import { BadRequest } from './errors.ts';
import { refuseNul } from './nul.ts';

const FORM = 'multipart/form-data';
/** Characters of a description (the guide). */
const MOST_CHARACTERS = 128;

const malformed = (detail: string) => new BadRequest(detail);
const formTooLarge = (limit: number) => () =>
  new BadRequest(
    `A form may have at most ${limit} bytes; send the file itself as the body.`,
    'RESOURCE_EXHAUSTED',
    413,
  );

/**
 * The bytes of an upload and what is said of them, by its Content-Type: a form, or anything else as the file itself
 * (reference 7, row 1). Throws `BadRequest` for what is neither, and for a form that says it is over the limit.
 */
export const readUpload = (request: FastifyRequest, query: UploadQuery, formLimit: number): Upload => {
  const { mediaType, headers } = request;
  const coding = headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') throw malformed('Expected the bytes of the file without a Content-Encoding.');
  if (mediaType === 'application/json')
    throw malformed('Expected a form (multipart/form-data), or the file as the body; got JSON.');
  const described = checkDescription(query.description ?? headerText(request, 'x-package-description'));
  const said = { ...query, ...(described === undefined ? {} : { description: described }) };
  return mediaType === FORM ? fromForm(request, said, formLimit) : fromBody(request, said);
};

const checkDescription = (text: string | undefined): string | undefined => {
  if (text === undefined || [...text].length <= MOST_CHARACTERS) return text;
  throw malformed(`description: expected at most ${MOST_CHARACTERS} characters; got ${[...text].length}.`);
};

/** Node reads header fields as Latin-1; clients that send more than that send UTF-8. */
const headerText = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const [text] = [headers[name]].flat();
  if (text === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
};

const fromBody = (request: FastifyRequest, said: UploadQuery): Upload => {
  const input = ok(inputOf(said, { fileName: dispositionName(request), contentType: request.mediaType }));
  return { bytes: bytesOf(request.raw, malformed), input: () => input, key: undefined, unnamed: true };
};

const fromForm = (request: FastifyRequest, said: UploadQuery, limit: number): Upload => {
  const exceeded = formTooLarge(limit);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw exceeded();
  const form = readForm(request.raw, malformed, { bytes: limit, exceeded });
  let input: Result<PackageInput, Refusal> = refused({
    code: 'invalid',
    field: 'file',
    expected: 'a form that was read',
    got: 'none',
  });
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* form.bytes;
    // Here rather than later: bytes whose source throws are not kept.
    input = ok(inputOf({ ...said, ...fieldsOf(form) }, form.file() ?? {}));
  }
  return { bytes: bytes(), input: () => input, key: undefined, unnamed: true };
};

/** Fields that nothing here knows are passed over, as unknown members of JSON are. */
const fieldsOf = (form: Form): UploadQuery => {
  const fields = new Map(form.fields().map(({ name, value }) => [name, value]));
  refuseNul('form', [...fields.values()]);
  const description = checkDescription(descriptionIn(fields.get('description')));
  const [name, version] = [fields.get('name'), fields.get('version')];
  return {
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
  };
};

/** Plain text, or the JSON object that the guide's example shows. */
const descriptionIn = (text: string | undefined): string | undefined => {
  if (text === undefined || !text.trimStart().startsWith('{')) return text;
  try {
    const { description }: { readonly description?: unknown } = JSON.parse(text);
    return typeof description === 'string' ? description : text;
  } catch {
    return text;
  }
};

/** The file name in Content-Disposition (RFC 6266): the extended form counts before the plain one. */
const dispositionName = (request: FastifyRequest): string | undefined => {
  const field = headerText(request, 'content-disposition') ?? '';
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(field)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      throw malformed('Content-Disposition: expected filename* in UTF-8 with percent signs.');
    }
  }
  const [, quoted, plain] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(field) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? plain;
};

const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}$/;

/** What curl says of every body that it is not told the type of. */
const UNSAID = 'application/x-www-form-urlencoded';

const typeOf = (text: string | undefined): string | undefined =>
  text !== undefined && text !== UNSAID && MEDIA_TYPE.test(text) ? text : undefined;

const isGiven = (text: string | undefined): text is string => text !== undefined && text !== '';

const inputOf = (
  { name, version, description = '' }: UploadQuery,
  {
    fileName,
    contentType,
  }: { readonly fileName?: string | undefined; readonly contentType?: string | undefined },
): PackageInput => ({
  ...(isGiven(name) ? { name } : {}),
  ...(isGiven(version) ? { version } : {}),
  description,
  fileName: isGiven(fileName) ? fileName : name,
  contentType: typeOf(contentType),
  sha256: [],
});
