import { type Static, Type } from 'typebox';
import { DateOnly } from './common.ts';
import { thingspaceRoutes } from './route.ts';

const common = {
  fileName: Type.String(),
  fileVersion: Type.String(),
  releaseNote: Type.String(),
  make: Type.String(),
  model: Type.String(),
  localTargetPath: Type.String(),
  distributionType: Type.String(),
  devicePlatformId: Type.String(),
};

/** A file that campaigns can bring; the name is what they quote. */
export const AvailableFile = Type.Object(common);
export type AvailableFile = Static<typeof AvailableFile>;

/** The same as it was just uploaded. */
export const UploadedFile = Type.Object({ ...common, launchDate: DateOnly });
export type UploadedFile = Static<typeof UploadedFile>;

export const fileRoutes = thingspaceRoutes({
  getListOfFiles: {
    method: 'GET',
    path: '/fota/v2/files/:account',
    aliases: ['/fota/v2/files/:account/:distributionType'],
    access: 'View Package',
    summary: 'List the files that campaigns can bring',
    number: 13,
    query: Type.Object({ distributionType: Type.Optional(Type.String({ maxLength: 64 })) }),
    // The name of the list begins with a capital (reference 7, row 22).
    reply: Type.Object({ AvailableFilesResponse: Type.Array(AvailableFile) }),
  },
  uploadConfigFile: {
    method: 'POST',
    path: '/fota/v2/files/:account',
    access: 'Create Package',
    summary:
      'Upload a file as a form with the parts fileupload, fileVersion, make, model and localTargetPath',
    number: 14,
    takes: 'stream',
    reply: UploadedFile,
  },
});
