import { packagesOfKinds } from '../../app/package-offer.ts';
import { createPackage } from '../../app/package-upload.ts';
import { ok } from '../../domain/result.ts';
import type { fileRoutes } from '../../wire/thingspace/files.ts';
import type { Handlers } from './call.ts';
import { BadRequest } from './errors.ts';
import { toFile, toUploadedFile } from './file-map.ts';
import { readFileUpload } from './file-upload.ts';
import { mapped } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { askedDistribution } from './protocols.ts';

const orNone = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit);

/** Files that file campaigns bring. */
export const fileHandlers = (deps: ThingSpaceDeps): Handlers<typeof fileRoutes> => ({
  getListOfFiles: async ({ caller, params, query }) => {
    const word = params['distributionType'] ?? query.distributionType;
    if (word === undefined || word === '') throw new BadRequest('Unsupported distributionType');
    const asked = askedDistribution(word, 'distributionType');
    const isHttp = asked === undefined || asked === 'HTTP';
    const files = isHttp ? await packagesOfKinds(deps, caller, ['file']) : [];
    return ok({ AvailableFilesResponse: files.map(toFile) });
  },
  uploadConfigFile: async ({ caller, request }) =>
    mapped(
      await createPackage(deps, caller, readFileUpload(request), orNone(deps.settings.packageLimit)),
      toUploadedFile,
    ),
});
