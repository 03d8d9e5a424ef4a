import { type GateAnswer, type GateRule, gateRules } from '../domain/gate.ts';
import { makeContact } from '../domain/journey.ts';
import { phaseOf, wasDelivered } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import { misfitIn } from './admission.ts';
import type { StoredCampaign, StoredDevice, StoredOpenUpdate } from './records.ts';
import type { Circumstances } from './surroundings.ts';

/** What holds an update beside the rules of the gate. */
export const blockers = ['recall', 'report', 'acceptance', 'fit', 'other-campaign', 'contact'] as const;
export type Blocker = GateRule | (typeof blockers)[number];

/** What one rule says; `until` is when the clock alone may change that, `null` when something has to happen. */
export type Verdict = { readonly rule: Blocker; readonly open: boolean; readonly until: Instant | null };

/** A device in a campaign whose update is not over. */
export type OpenMember = {
  readonly campaign: StoredCampaign;
  readonly device: StoredDevice;
  readonly update: StoredOpenUpdate;
};

/** What every rule says that looks at no other campaign of the device, as its next contact would find it. */
export const ownVerdicts = (
  member: OpenMember,
  { around, packages }: Circumstances,
  now: Instant,
): readonly Verdict[] => {
  const { campaign, device, update } = member;
  const { gate } = makeContact(update, around, now);
  const isAsked = update.recall !== null;
  const owes = !isAsked && owesReport(update, gate);
  const silentAt = givenUpAt(member);
  return [
    { rule: 'recall', open: !isAsked, until: isAsked ? silentAt : null },
    { rule: 'report', open: !owes, until: owes ? silentAt : null },
    { rule: 'acceptance', open: device.standing === 'accepted', until: null },
    { rule: 'fit', open: misfitIn({ campaign, update }, device, packages) === undefined, until: null },
    ...gateVerdicts(gate),
  ];
};

/** It was told to do something and has not said how that went. */
const owesReport = ({ position }: StoredOpenUpdate, gate: GateAnswer | undefined): boolean =>
  gate === undefined || (wasDelivered(position) && phaseOf(position)?.step === 'running');

const givenUpAt = ({ campaign, update }: OpenMember): Instant | null => {
  const patience = campaign.plan.timeouts[phaseOf(update.position)?.phase ?? 'activation'];
  return patience === null ? null : update.heardAt + patience;
};

const gateVerdicts = (gate: GateAnswer | undefined): readonly Verdict[] => {
  if (gate === undefined) return [];
  const reasons = new Map(gate.open ? [] : gate.reasons.map(({ rule, until }) => [rule, until]));
  return gateRules.map((rule) => ({ rule, open: !reasons.has(rule), until: reasons.get(rule) ?? null }));
};

/** Of several that are shut the one that waits for an event, else the one that the clock opens last. */
export const firstOf = (verdicts: readonly Verdict[]): Verdict => {
  const shut = verdicts.filter(({ open, rule }) => !open && rule !== 'contact');
  const waits = shut.filter(({ rule }) => rule === 'recall' || rule === 'report');
  const event = shut.find(({ until }) => until === null);
  const last = shut.reduce<Verdict | undefined>(
    (latest, one) => (latest === undefined || (one.until ?? 0) > (latest.until ?? 0) ? one : latest),
    undefined,
  );
  return waits[0] ?? event ?? last ?? { rule: 'contact', open: false, until: null };
};
