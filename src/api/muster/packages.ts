import type { Blobs, Redirects } from '../../app/blobs.ts';
import { createPackage } from '../../app/package-upload.ts';
import {
  campaignsOfPackage,
  deletePackage,
  editPackage,
  getPackage,
  listPackages,
  openPackage,
  type ShownPackage,
} from '../../app/packages.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Archive } from '../../domain/package.ts';
import { ok } from '../../domain/result.ts';
import { sendBytes, sendElsewhere, sendHead } from '../../http/download.ts';
import type { Package, packageRoutes } from '../../wire/muster/packages.ts';
import type { Handlers } from './call.ts';
import { refuseRange } from './error-handler.ts';
import { fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';
import { announcedTooLarge, readUpload } from './upload.ts';

const toArchive = (archive: Archive): Package['archive'] =>
  archive.form === 'opaque' ? { form: 'opaque' } : { ...archive, phases: [...archive.phases] };

export const toPackage = (pack: ShownPackage): Package => ({
  id: pack.id,
  name: pack.name,
  version: pack.version,
  kind: pack.kind,
  make: pack.make,
  model: pack.model,
  fromVersion: pack.fromVersion,
  description: pack.description,
  labels: { ...pack.labels },
  fileName: pack.fileName,
  contentType: pack.contentType,
  size: pack.digests.size,
  sha256: pack.digests.sha256,
  sha1: pack.digests.sha1,
  md5: pack.digests.md5,
  archive: toArchive(pack.archive),
  createdBy: pack.createdBy,
  createdAt: toInstant(pack.createdAt),
  revision: pack.revision,
});

/** In a patch `null` clears: to empty text, which means any or none, or to no labels. */
const orEmpty = (text: string | null | undefined): string | undefined => (text === null ? '' : text);

export const packageHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly blobs: Blobs;
  readonly redirects: Redirects;
  readonly settings: { readonly packageLimit: number };
}): Handlers<typeof packageRoutes> => ({
  listPackages: async ({ caller, query }) => {
    const page = fromPaging(query);
    if (!page.ok) return page;
    const { text = '', kind = null, make = '', model = '' } = query;
    return ok(toPage(await listPackages(deps, caller, { text, kind, make, model }, page.value), toPackage));
  },
  createPackage: async ({ caller, query, repeatable, request }) => {
    const limit = deps.settings.packageLimit === 0 ? Number.POSITIVE_INFINITY : deps.settings.packageLimit;
    const tooLarge = announcedTooLarge(request, limit);
    if (tooLarge !== undefined) return tooLarge;
    const upload = { ...readUpload(request, query), key: repeatable?.key };
    return mapped(await createPackage(deps, caller, upload, limit), toPackage);
  },
  getPackage: async ({ caller, params }) => mapped(await getPackage(deps, caller, params.package), toPackage),
  editPackage: async ({ caller, params, body, expected }) => {
    const patch = {
      ...body,
      make: orEmpty(body.make),
      model: orEmpty(body.model),
      fromVersion: orEmpty(body.fromVersion),
      description: orEmpty(body.description),
      labels: body.labels === null ? {} : body.labels,
    };
    return mapped(await editPackage(deps, caller, params.package, patch, expected), toPackage);
  },
  deletePackage: ({ caller, params, expected }) => deletePackage(deps, caller, params.package, expected),
  downloadPackage: async ({ caller, params, request, reply }) => {
    const found = await openPackage(deps, caller, params.package);
    if (!found.ok) return found;
    const elsewhere = await sendElsewhere(request, reply, found.value, { ...deps, whose: 'muster' });
    return ok(elsewhere ? undefined : sendBytes(request, reply, found.value, refuseRange(request)));
  },
  headPackage: async ({ caller, params, request, reply }) =>
    mapped(await openPackage(deps, caller, params.package), (opened) => sendHead(request, reply, opened)),
  listPackageCampaigns: async ({ caller, params }) =>
    mapped(await campaignsOfPackage(deps, caller, params.package), (ids) => ({ items: [...ids] })),
});
