import type { FastifyReply, FastifyRequest } from 'fastify';
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
import { type RefuseRange, sendBytes, sendHead } from '../../http/download.ts';
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

type Send = (request: FastifyRequest, reply: FastifyReply, opened: OpenedPackage) => undefined;

const sendAll: Send = (request, reply, opened) => sendBytes(request, reply, opened, refuseRange);

/** A gateway sees the packages of what it was told to fetch, a person those of the account. */
const open = (deps: PulseDeps, caller: Caller, id: string): Promise<Result<OpenedPackage, Refusal>> =>
  caller.actor.kind === 'device' ? openOwnPackage(deps, caller, id) : openPackage(deps, caller, id);

export const programHandlers = (deps: PulseDeps): Handlers<typeof programRoutes> => {
  const { firstPage, packageLimit, multipartLimit } = deps.settings;
  const download =
    (send: Send): Handlers<typeof programRoutes>['downloadProgram'] =>
    async ({ caller, params, request, reply }) =>
      mapped(await open(deps, caller, params['uuid'] ?? ''), (opened) => send(request, reply, opened));
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
    downloadProgram: download(sendAll),
    headProgram: download(sendHead),
  };
};
