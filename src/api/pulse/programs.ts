import type { Caller } from '../../app/caller.ts';
import { openOwnPackage } from '../../app/device-work.ts';
import { createPackage } from '../../app/package-upload.ts';
import {
  deletePackage,
  getPackage,
  type OpenedPackage,
  openPackage,
  type ShownPackage,
  slicePackages,
} from '../../app/packages.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import { type RefuseRange, sendBytes, sendElsewhere, sendHead } from '../../http/download.ts';
import { grpcError } from '../../wire/pulse/grpc.ts';
import type { Program, programRoutes } from '../../wire/pulse/programs.ts';
import type { Handlers } from './call.ts';
import { mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import type { PulseDeps } from './plugin.ts';
import { readUpload } from './program-upload.ts';
import { sendError } from './register.ts';

const toProgram = ({ id, name, version, description, createdBy, createdAt }: ShownPackage): Program => ({
  description,
  id,
  createdBy,
  createdOn: `${createdAt}`,
  name,
  version,
});

const orNone = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit);

const refuseRange: RefuseRange = (reply, detail) => {
  sendError(reply, grpcError('INVALID_ARGUMENT', detail, 416));
};

/** A gateway sees the packages of what it was told to fetch, a person those of the account. */
const open = (deps: PulseDeps, caller: Caller, id: string): Promise<Result<OpenedPackage, Refusal>> =>
  caller.actor.kind === 'device' ? openOwnPackage(deps, caller, id) : openPackage(deps, caller, id);

export const programHandlers = (deps: PulseDeps): Handlers<typeof programRoutes> => {
  const { firstPage, packageLimit, multipartLimit } = deps.settings;
  return {
    getProgramInfo: async ({ caller, params }) =>
      mapped(await getPackage(deps, caller, params['uuid'] ?? ''), toProgram),
    listPrograms: async ({ caller, query }) => {
      const paging = pagingOf(query, firstPage);
      const filter = { text: query.name ?? '', kind: null, make: '', model: '' };
      const { items, total } = await slicePackages(deps, caller, filter, paging.slice);
      return ok({ programs: items.map(toProgram), pageResponse: toPageResponse(paging, total) });
    },
    deleteProgram: async ({ caller, params }) =>
      mapped(await deletePackage(deps, caller, params['uuid'] ?? ''), () => ({})),
    uploadProgram: async ({ caller, query, request }) => {
      const upload = readUpload(request, query, orNone(multipartLimit));
      return mapped(await createPackage(deps, caller, upload, orNone(packageLimit)), ({ id }) => ({
        uuid: id,
      }));
    },
    downloadProgram: async ({ caller, params, request, reply }) => {
      const found = await open(deps, caller, params['uuid'] ?? '');
      if (!found.ok) return found;
      const whose = caller.actor.kind === 'device' ? 'gateway' : 'pulse';
      const elsewhere = await sendElsewhere(request, reply, found.value, { ...deps, whose });
      return ok(elsewhere ? undefined : sendBytes(request, reply, found.value, refuseRange));
    },
    headProgram: async ({ caller, params, request, reply }) =>
      mapped(await open(deps, caller, params['uuid'] ?? ''), (opened) => sendHead(request, reply, opened)),
  };
};
