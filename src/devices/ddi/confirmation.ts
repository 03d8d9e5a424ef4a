import { report } from '../../app/check-in.ts';
import { setAutoConfirm } from '../../app/device-state.ts';
import { findWork } from '../../app/device-work.ts';
import { insist } from '../../app/insist.ts';
import { confirmDevice } from '../../app/members.ts';
import { mannerOf } from '../../app/surroundings.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { describeAction, findAction } from './action.ts';
import { type Consent, readAutoConfirm, readConsent } from './body.ts';
import { toConsentWords } from './feedback.ts';
import { toConfirmation, toConfirmationBase } from './map.ts';
import type { DdiDeps, Handlers, Visit } from './visit.ts';

const answer = async (deps: DdiDeps, visit: Visit, consent: Consent): Promise<Result<unknown, Refusal>> => {
  const found = await findAction(deps, visit);
  if (!found.ok) return found;
  const { standing, member } = found.value;
  const { campaign, device, update } = member;
  if (standing === undefined) return refused({ code: 'update/closed', outcome: 'begun again' });
  if (update.status === 'closed') return refused({ code: 'update/closed', outcome: update.outcome });
  if (standing !== 'waiting') return refused({ code: 'not-found', entity: 'update', id: device.id });
  const at = { campaign: campaign.id, device: device.id };
  const words = toConsentWords(consent, deps.clock());
  return consent.agreed
    ? confirmDevice(deps, visit.speaker, at, words)
    : report(deps, visit.speaker, at, { type: 'note' }, words);
};

export const confirmationHandlers = (
  deps: DdiDeps,
): Handlers<
  | 'getConfirmationBase'
  | 'getConfirmation'
  | 'postConfirmationFeedback'
  | 'activateAutoConfirm'
  | 'deactivateAutoConfirm'
> => ({
  getConfirmationBase: async ({ speaker, device, links }) => {
    const work = await insist(() => findWork(deps, speaker, device, mannerOf(device)));
    return work.ok ? ok({ document: toConfirmationBase(work.value, device, links) }) : work;
  },
  getConfirmation: async (visit) => {
    const described = await describeAction(deps, visit, ({ standing }) => standing === 'waiting');
    return described.ok ? ok({ document: toConfirmation(described.value, visit.links) }) : described;
  },
  postConfirmationFeedback: async (visit) => {
    const consent = readConsent(visit.body);
    if (!consent.ok) return consent;
    const taken = await insist(() => answer(deps, visit, consent.value));
    return taken.ok ? ok({ empty: 200 }) : taken;
  },
  activateAutoConfirm: async ({ speaker, device, body }) => {
    if (device.autoConfirm !== null)
      return refused({ code: 'already-exists', entity: 'device', id: device.id });
    const { initiator: by, remark } = readAutoConfirm(body);
    const agreed = { remark, ...(by !== '' && { by }) };
    const set = await insist(() => setAutoConfirm(deps, speaker, device.id, agreed));
    return set.ok ? ok({ empty: 200 }) : set;
  },
  deactivateAutoConfirm: async ({ speaker, device }) => {
    const set = await insist(() => setAutoConfirm(deps, speaker, device.id, null));
    return set.ok ? ok({ empty: 200 }) : set;
  },
});
