import { report } from '../../app/check-in.ts';
import { findBegun, findInstalled, type Given } from '../../app/device-work.ts';
import { openPackage } from '../../app/packages.ts';
import type { StoredPackage } from '../../app/records.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { sendElsewhere } from '../../http/download.ts';
import { sendArtifact, sendMd5sum } from './download.ts';
import { toArtifact } from './map.ts';
import { standingOf } from './offer.ts';
import type { DdiDeps, Handlers, Visit } from './visit.ts';

const MD5SUM = '.MD5SUM';

type Found = { readonly given: Given; readonly pack: StoredPackage };

const unknown = (id: string) => refused<Refusal>({ code: 'not-found', entity: 'package', id });

/** A module of the action that is offered, else, where only the list is asked for, of the one installed. */
const findModule = async (
  deps: DdiDeps,
  { speaker, device, params }: Visit,
  finders: readonly (typeof findBegun)[],
): Promise<Result<Found, Refusal>> => {
  const text = params['moduleId'] ?? '';
  if (!/^\d{1,19}$/.test(text)) {
    return refused({ code: 'invalid', field: 'moduleId', expected: 'a number', got: JSON.stringify(text) });
  }
  for (const find of finders) {
    const given = await find(deps, speaker, device);
    const pack = given?.packages.find(({ key }) => key === Number(text));
    if (given !== undefined && pack !== undefined && standingOf(given.update) !== 'held')
      return ok({ given, pack });
  }
  return unknown(text);
};

/** The last of the packages was fetched to its end: the download is over, whether the device says so or not. */
const noteFetched = (deps: DdiDeps, { speaker, device, request }: Visit, { given, pack }: Found): void => {
  const { campaign, update, packages } = given;
  if (update.position !== 'download-running' || packages.at(-1)?.key !== pack.key) return;
  const at = { campaign: campaign.id, device: device.id };
  const said = { type: 'progress', phase: 'download', step: 'complete' } as const;
  report(deps, speaker, at, said).catch((error: unknown) => {
    request.log.warn({ err: error }, 'the end of a download was not noted');
  });
};

export const artifactHandlers = (deps: DdiDeps): Handlers<'listArtifacts' | 'getArtifact'> => ({
  listArtifacts: async (visit) => {
    const found = await findModule(deps, visit, [findBegun, findInstalled]);
    return found.ok ? ok({ document: [toArtifact(found.value.pack, visit.links)] }) : found;
  },
  getArtifact: async (visit) => {
    const { request, reply, speaker, params } = visit;
    const found = await findModule(deps, visit, [findBegun]);
    if (!found.ok) return found;
    const { pack } = found.value;
    const asked = params['fileName'] ?? '';
    if (asked === `${pack.fileName}${MD5SUM}`) return ok({ sent: sendMd5sum(reply, pack) });
    if (asked !== pack.fileName) return unknown(asked);
    const opened = await openPackage(deps, speaker, pack.id);
    if (!opened.ok) return opened;
    const led = { ...deps, whose: 'ddi' };
    if (await sendElsewhere(request, reply, opened.value, led)) return ok({ sent: reply });
    const sent = () => noteFetched(deps, visit, found.value);
    return ok({ sent: sendArtifact(request, reply, opened.value, sent) });
  },
});
