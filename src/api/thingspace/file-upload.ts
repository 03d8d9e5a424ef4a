import type { FastifyRequest } from 'fastify';
import type { PackageInput, Upload } from '../../app/package-upload.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { type Form, readForm } from '../../http/form.ts';
import { BadRequest } from './errors.ts';
import { configFileName, labels } from './file-map.ts';
import { refuseNul } from './nul.ts';

/** The part of the form with the bytes (reference 1.4). */
const FILE = 'fileupload';
const FORM = 'multipart/form-data';

const malformed = (detail: string) => new BadRequest(detail);

const notRead = refused<Refusal>({
  code: 'invalid',
  field: FILE,
  expected: 'a form that was read',
  got: 'none',
});

/**
 * Reads a form with a file and what it is for. The file gets a name made of its make, its model and the name that it had;
 * without a version it has the beginning of its digest. Throws `BadRequest` for what is no such form.
 */
export const readFileUpload = (request: FastifyRequest): Upload => {
  if (request.mediaType !== FORM) throw malformed('Input binding error');
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') throw malformed('Expected the form without a Content-Encoding.');
  const form = readForm(request.raw, malformed, undefined, FILE);
  let input: Result<PackageInput, Refusal> = notRead;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* form.bytes;
    // Here rather than later: bytes whose source throws are not kept.
    input = ok(inputOf(form));
  }
  return { bytes: bytes(), input: () => input, key: undefined, unnamed: true };
};

const needed = (fields: ReadonlyMap<string, string>, name: string): string => {
  const value = fields.get(name)?.trim() ?? '';
  if (value === '') throw malformed(`${name}: expected a part of the form; got none`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line of text has none
  if (/[\u0000-\u001f]/.test(value) || value.length > 64)
    throw malformed(`${name}: expected a line of at most 64 characters`);
  return value;
};

const inputOf = (form: Form): PackageInput => {
  const fields = new Map(form.fields().map(({ name, value }) => [name, value]));
  refuseNul('form', [...fields.values()]);
  const { fileName = '', contentType } = form.file() ?? {};
  if (fileName === '') throw malformed(`${FILE}: expected a file name; got none`);
  const [make, model] = [needed(fields, 'make'), needed(fields, 'model')];
  const version = fields.get('fileVersion')?.trim() ?? '';
  const path = fields.get('localTargetPath') ?? '';
  return {
    name: configFileName(make, model, fileName).slice(0, 256),
    ...(version === '' ? {} : { version }),
    ...{ kind: 'file', make, model, fileName, contentType: typeOf(contentType), sha256: [] },
    labels: path === '' ? {} : { [labels.path]: path.slice(0, 1_024) },
  };
};

const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}$/;

const typeOf = (text: string | undefined): string | undefined =>
  text !== undefined && MEDIA_TYPE.test(text) ? text : undefined;
