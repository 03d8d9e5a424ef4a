import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import type { PackageInput, Upload } from '../../app/package-upload.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { bytesOf } from '../../http/body.ts';
import { type Form, type FormField, readForm } from '../../http/form.ts';
import { formType, UploadMetadata, UploadTexts } from '../../wire/muster/packages.ts';
import { MalformedRequest } from './errors.ts';
import { compileValidator } from './validation.ts';

type Reading = Pick<Upload, 'bytes' | 'input'>;

const malformed = (detail: string) => new MalformedRequest('request/malformed', detail);

const invalid = (field: string, expected: string, got: string) =>
  refused<Refusal>({ code: 'invalid', field, expected, got: JSON.stringify(got).slice(0, 80) });

/** A body that says beforehand that it is over the limit; a form is counted without its frame, as it comes. */
export const announcedTooLarge = ({ headers, mediaType }: FastifyRequest, limit: number) =>
  mediaType !== formType && Number(headers['content-length']) > limit
    ? refused<Refusal>({ code: 'too-large', limit })
    : undefined;

/** The bytes of an upload in either form, and what is said of them. Throws `MalformedRequest`. */
export const readUpload = (request: FastifyRequest, query: UploadTexts): Reading => {
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    throw new MalformedRequest(
      'request/unsupported-media-type',
      `Expected bytes without a Content-Encoding; got ${JSON.stringify(coding.slice(0, 80))}.`,
    );
  }
  return request.mediaType === formType ? readParts(request, query) : readRaw(request, query);
};

const readRaw = (request: FastifyRequest, query: UploadTexts): Reading => ({
  bytes: bytesOf(request.raw, malformed),
  input: () => {
    const digests = digestsOf(request.headers);
    if (!digests.ok) return digests;
    return toInput({}, query, { contentType: request.mediaType ?? '' }, digests.value);
  },
});

const readParts = (request: FastifyRequest, query: UploadTexts): Reading => {
  const form = readForm(request.raw, malformed);
  let input: Result<PackageInput, Refusal> = invalid('file', 'a form that was read', 'none');
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* form.bytes;
    // Here rather than later: bytes whose source throws are not kept.
    input = inputOf(form, query);
  }
  return { bytes: bytes(), input: () => input };
};

const inputOf = (form: Form, query: UploadTexts): Result<PackageInput, Refusal> => {
  const { metadata, texts } = sorted(form.fields());
  return toInput(metadata, { ...query, ...texts }, form.file() ?? {}, []);
};

const METADATA = 'metadata';

const sorted = (fields: readonly FormField[]) => {
  const [json, ...more] = fields.filter(({ name }) => name === METADATA);
  if (more.length > 0) throw malformed(`Expected one field "${METADATA}"; got several.`);
  const texts = Map.groupBy(
    fields.filter(({ name }) => name !== METADATA),
    ({ name }) => name,
  );
  const values = [...texts].map(([name, given]) => [name, given.map(({ value }) => value)] as const);
  return {
    metadata: check<UploadMetadata>(checkMetadata, json === undefined ? {} : parse(json.value), METADATA),
    texts: check<UploadTexts>(checkTexts, Object.fromEntries(values), 'form'),
  };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(`Expected JSON in the field "${METADATA}"; got something else.`);
  }
};

const compiled = (schema: TSchema, httpPart: string) =>
  compileValidator({ schema, httpPart, method: 'POST', url: '' });
const checkMetadata = compiled(UploadMetadata, 'body');
const checkTexts = compiled(UploadTexts, 'querystring');

type Check = ReturnType<typeof compiled>;

/** Throws what Fastify throws for a body that its schema refuses, so that the answer is the same. */
const check = <Value>(validate: Check, value: unknown, where: string): Value => {
  if (validate(value) === true) return value as Value;
  throw Object.assign(new Error('invalid form'), {
    statusCode: 400,
    validation: validate.errors,
    validationContext: where,
  });
};

/** Texts count for more than the JSON beside them. */
const toInput = (
  { labels, ...json }: UploadMetadata,
  { label = [], ...texts }: UploadTexts,
  file: { readonly fileName?: string; readonly contentType?: string },
  digests: readonly string[],
): Result<PackageInput, Refusal> => {
  const pairs = label.map(
    (each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)] as const,
  );
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return invalid('label', 'each name once', twice);
  const said = { ...json, ...texts };
  return ok({
    ...said,
    labels: { ...labels, ...Object.fromEntries(pairs) },
    fileName: said.fileName ?? file.fileName,
    contentType: mediaTypeOf(file.contentType),
    sha256: [...(said.sha256 === undefined ? [] : [said.sha256.toLowerCase()]), ...digests],
  });
};

const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}$/;

const mediaTypeOf = (text: string | undefined): string | undefined =>
  text !== undefined && MEDIA_TYPE.test(text) ? text : undefined;

const DIGEST_FIELDS = {
  'repr-digest': /(?:^|,)\s*sha-256\s*=\s*:([^:,]*):\s*(?=[,;]|$)/i,
  'content-digest': /(?:^|,)\s*sha-256\s*=\s*:([^:,]*):\s*(?=[,;]|$)/i,
  digest: /(?:^|,)\s*sha-256\s*=([^,]*)/i,
} as const;

/** The SHA-256 in Repr-Digest, Content-Digest (RFC 9530) and Digest (RFC 3230), in hex; other algorithms are ignored. */
const digestsOf = (headers: IncomingMessage['headers']): Result<readonly string[], Refusal> => {
  const found: string[] = [];
  for (const [field, form] of Object.entries(DIGEST_FIELDS)) {
    const text = [headers[field]].flat().join(',');
    if (!/sha-256\s*=/i.test(text)) continue;
    const bytes = Buffer.from(form.exec(text)?.[1]?.trim() ?? '', 'base64');
    if (bytes.length !== 32) return invalid(field, 'a SHA-256 in base64', text);
    found.push(bytes.toString('hex'));
  }
  return ok(found);
};
