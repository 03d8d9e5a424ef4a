import Type, { type Static } from 'typebox';
import { Empty, EpochMs, Id, PageResponse, pageQuery, Text } from './common.ts';
import { pulseRoutes } from './route.ts';

/** A package as this wire shows it; `version` tells packages of the same name apart. */
export const Program = Type.Object({
  description: Type.String(),
  id: Type.String(),
  createdBy: Type.String(),
  createdOn: EpochMs,
  name: Type.String(),
  version: Type.String(),
});
export type Program = Static<typeof Program>;

/** What is said of an upload in its URL; a form says it in fields of the same names. */
export const UploadQuery = Type.Object({
  name: Type.Optional(Text),
  version: Type.Optional(Text),
  description: Type.Optional(Text),
});
export type UploadQuery = Static<typeof UploadQuery>;

export const programRoutes = pulseRoutes({
  getProgramInfo: {
    method: 'GET',
    path: '/programs/:uuid/file-info',
    access: 'View Package',
    summary: 'Get what is known of a package',
    source: 'guide',
    reply: Program,
  },
  listPrograms: {
    method: 'GET',
    path: '/programs',
    access: 'View Package',
    summary: 'List packages',
    source: 'guide',
    query: Type.Object({ name: Type.Optional(Text), ...pageQuery }),
    reply: Type.Object({ programs: Type.Array(Program), pageResponse: PageResponse }),
  },
  deleteProgram: {
    method: 'DELETE',
    path: '/programs/:uuid',
    access: 'Delete Package',
    summary: 'Delete a package that no campaign may still send',
    source: 'guide',
    reply: Empty,
  },
  uploadProgram: {
    method: 'POST',
    path: '/programs',
    access: 'Create Package',
    summary: 'Upload a package, as a form or as the body itself',
    source: 'guide',
    query: UploadQuery,
    streams: true,
    reply: Type.Object({ uuid: Id }),
  },
  downloadProgram: {
    method: 'GET',
    path: '/programs/:uuid/file',
    access: { permission: 'View Package', orGateway: true },
    summary: 'Get the bytes of a package, or a range of them',
    source: 'own',
  },
  headProgram: {
    method: 'HEAD',
    path: '/programs/:uuid/file',
    access: { permission: 'View Package', orGateway: true },
    summary: 'Get the header of a download',
    source: 'own',
  },
});
