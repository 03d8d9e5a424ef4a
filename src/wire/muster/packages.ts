import Type, { type Static, type TProperties } from 'typebox';
import { exact, Id, Instant, Line, Name, nullable, page, paging, Revision, Text, word } from './common.ts';
import { routeTable } from './route.ts';

const Kind = word(['firmware', 'software', 'file', 'bundle']);
const Phase = word(['verify', 'execute', 'validate', 'activate', 'reset']);

const Labels = Type.Record(
  Type.String({ pattern: '^[^\\u0000-\\u001f=]{1,128}$' }),
  Type.String({ maxLength: 1024, pattern: '^[^\\u0000]*$' }),
  { maxProperties: 64, additionalProperties: false },
);

export const Package = exact({
  id: Type.String(),
  name: Type.String(),
  version: Type.String(),
  kind: Kind,
  make: Type.String({ description: 'Devices of this make only; empty for any.' }),
  model: Type.String({ description: 'Devices of this model only; empty for any.' }),
  fromVersion: Type.String({ description: 'Devices on this version only; empty for any.' }),
  description: Type.String(),
  labels: Type.Record(Type.String(), Type.String()),
  fileName: Type.String(),
  contentType: Type.String(),
  size: Type.Integer({ minimum: 0, description: 'In bytes.' }),
  sha256: Type.String(),
  sha1: Type.String(),
  md5: Type.String(),
  archive: exact({
    form: word(['opaque', 'iotcp']),
    headless: Type.Optional(Type.Boolean({ description: 'Runs through without stops; iotcp only.' })),
    phases: Type.Optional(Type.Array(Phase, { description: 'Phases it has scripts for; iotcp only.' })),
  }),
  createdBy: Type.String(),
  createdAt: Instant,
  revision: Revision,
});
export type Package = Static<typeof Package>;

const optional = <Properties extends TProperties>(properties: Properties) =>
  Type.Partial(Type.Object(properties)).properties;

const described = optional({
  name: Name,
  version: Name,
  kind: Kind,
  make: Line,
  model: Line,
  fromVersion: Line,
  description: Text,
  fileName: Type.String({ maxLength: 4096, description: 'Only the last part of a path is kept.' }),
  sha256: Type.String({
    pattern: '^[0-9a-fA-F]{64}$',
    description: 'What the bytes must hash to; when they do not, nothing is kept.',
  }),
});

/** What is said of an upload beside its bytes, as query parameters or as fields of a form. */
export const UploadTexts = exact({
  ...described,
  label: Type.Optional(
    Type.Array(Type.String({ maxLength: 1153, pattern: '^[^\\u0000-\\u001f=]{1,128}=[^\\u0000]{0,1024}$' }), {
      maxItems: 64,
      description: 'A label as name=value; repeat it for several.',
    }),
  ),
});
export type UploadTexts = Static<typeof UploadTexts>;

/** The same as the JSON of a form's field `metadata`. */
export const UploadMetadata = exact({ ...described, labels: Type.Optional(Labels) });
export type UploadMetadata = Static<typeof UploadMetadata>;

/** Media types of an upload whose body is the bytes. */
export const rawTypes = [
  'application/octet-stream',
  'application/zip',
  'application/x-tar',
  'application/gzip',
] as const;
export const formType = 'multipart/form-data';

const params = exact({ package: Id });
const tag = 'Packages';

export const packageRoutes = routeTable({
  listPackages: {
    method: 'GET',
    path: '/packages',
    access: 'View Package',
    tag,
    summary: 'List the packages',
    query: exact({
      ...paging,
      text: Type.Optional(Type.String({ maxLength: 256, description: 'Found anywhere in the name.' })),
      kind: Type.Optional(Kind),
      make: Type.Optional(Line),
      model: Type.Optional(Line),
    }),
    status: 200,
    reply: page(Package),
  },
  createPackage: {
    method: 'POST',
    path: '/packages',
    access: 'Create Package',
    tag,
    summary: 'Upload a package',
    description:
      'The body is the bytes, described by the query; or a form with the bytes in the part "file" and, before ' +
      'or after it, the same parameters as fields, or a field "metadata" with a JSON object that has "labels". ' +
      'The SHA-256 may also come in Repr-Digest or Digest when the body is the bytes. Name and version of an ' +
      '.iotcp archive come from its manifest unless given; for other bytes the version is required and the ' +
      'name is the file name. Kind is software for an .iotcp archive and firmware otherwise. A package of the ' +
      'same name, version, kind, make, model and fromVersion is refused, whatever its bytes.',
    query: UploadTexts,
    streams: [...rawTypes, formType],
    status: 201,
    reply: Package,
    idempotent: true,
  },
  getPackage: {
    method: 'GET',
    path: '/packages/:package',
    access: 'View Package',
    tag,
    summary: 'Read what is known of a package',
    params,
    status: 200,
    reply: Package,
  },
  editPackage: {
    method: 'PATCH',
    path: '/packages/:package',
    access: 'Edit Package',
    tag,
    summary: 'Change what is said of a package; its bytes never change',
    params,
    body: exact(
      optional({
        name: Name,
        version: Name,
        kind: Kind,
        make: nullable(Line),
        model: nullable(Line),
        fromVersion: nullable(Line),
        description: nullable(Text),
        labels: nullable(Labels),
      }),
    ),
    status: 200,
    reply: Package,
    conditional: true,
  },
  deletePackage: {
    method: 'DELETE',
    path: '/packages/:package',
    access: 'Delete Package',
    tag,
    summary: 'Delete a package that no campaign may still send',
    params,
    status: 204,
    conditional: true,
  },
  downloadPackage: {
    method: 'GET',
    path: '/packages/:package/bytes',
    access: 'View Package',
    tag,
    summary: 'Download the bytes of a package, all or one range',
    description:
      'Range with one range of bytes is answered with 206 or 416; If-Range, If-None-Match and ' +
      'If-Modified-Since are honoured. The ETag is the SHA-256. Where ' +
      'the server is set so (MUSTER_S3_REDIRECT), it is answered with 302 and a link to the object store.',
    params,
    status: 200,
    replies: 'application/octet-stream',
  },
  headPackage: {
    method: 'HEAD',
    path: '/packages/:package/bytes',
    access: 'View Package',
    tag,
    summary: 'The headers of a download alone',
    params,
    status: 200,
    replies: 'application/octet-stream',
  },
  listPackageCampaigns: {
    method: 'GET',
    path: '/packages/:package/campaigns',
    access: 'View Package',
    tag,
    summary: 'List the campaigns that may still send a package, ten at most',
    params,
    status: 200,
    reply: exact({ items: Type.Array(Type.String()) }),
  },
});
