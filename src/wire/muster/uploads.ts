import Type, { type Static } from 'typebox';
import { exact, Id, Instant } from './common.ts';
import { Package, UploadMetadata } from './packages.ts';
import { routeTable } from './route.ts';

/** The bytes of a package on their way, sent in several requests. */
export const PartialUpload = exact({
  id: Type.String(),
  size: Type.Integer({ minimum: 0, description: 'In bytes, as announced.' }),
  offset: Type.Integer({ minimum: 0, description: 'How many bytes have arrived: where to go on.' }),
  expiresAt: Type.Unsafe<string>({
    ...Instant,
    description: 'Forgotten then, unless something comes before.',
  }),
});
export type PartialUpload = Static<typeof PartialUpload>;

const params = exact({ upload: Id });
const tag = 'Packages';

export const uploadRoutes = routeTable({
  beginUpload: {
    method: 'POST',
    path: '/uploads',
    access: 'Create Package',
    tag,
    summary: 'Begin to upload a package in pieces, so that it can be paused and resumed',
    description: 'What has arrived is kept for an hour after the last piece.',
    body: exact({ size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) }),
    status: 201,
    reply: PartialUpload,
  },
  getUpload: {
    method: 'GET',
    path: '/uploads/:upload',
    access: 'Create Package',
    tag,
    summary: 'Read how far an upload in pieces has come',
    params,
    status: 200,
    reply: PartialUpload,
  },
  appendUpload: {
    method: 'PATCH',
    path: '/uploads/:upload',
    access: 'Create Package',
    tag,
    summary: 'Send the next piece of an upload',
    description:
      'A piece has any length. Of one that breaks off, what has arrived counts: read the upload to go on there.',
    params,
    query: exact({
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          default: 0,
          description: 'Where the piece begins: what has arrived so far.',
        }),
      ),
    }),
    streams: ['application/octet-stream'],
    status: 200,
    reply: PartialUpload,
  },
  finishUpload: {
    method: 'POST',
    path: '/uploads/:upload/package',
    access: 'Create Package',
    tag,
    summary: 'Make a package of an upload of which every byte has arrived',
    description:
      'Described and refused as an upload in one request is. After a refusal the bytes stay, so that what was ' +
      'said of them can be put right; asked again after it was made, the package is the same.',
    params,
    body: UploadMetadata,
    status: 201,
    reply: Package,
  },
  dropUpload: {
    method: 'DELETE',
    path: '/uploads/:upload',
    access: 'Create Package',
    tag,
    summary: 'Give an upload up',
    params,
    status: 204,
  },
});
