/** The stages of an update, in the order in which a device goes through them. */
export const phases = ['download', 'execution', 'activation'] as const;
export type Phase = (typeof phases)[number];

export const steps = ['awaiting-approval', 'scheduled', 'ready', 'running', 'complete', 'failed'] as const;
export type Step = (typeof steps)[number];

/**
 * Where a device is on its way, in order: the index in this list is what the store keeps. Append only.
 * `ready` means that the device may have the phase as soon as it asks; `running` that it was told to.
 */
export const positions = [
  'pending',
  'inventoried',
  ...phases.flatMap((phase) => steps.map((step) => `${phase}-${step}` as const)),
  'resetting',
  'reset',
  'reset-failed',
] as const;
export type Position =
  | 'pending'
  | 'inventoried'
  | `${Phase}-${Step}`
  | 'resetting'
  | 'reset'
  | 'reset-failed';

const order = new Map<Position, number>(positions.map((position, index) => [position, index]));

/** How far along a position is; a later position has a higher rank. */
export const rank = (position: Position): number => order.get(position) ?? -1;

type At = { readonly phase: Phase; readonly step: Step };

const parts = new Map<Position, At>(
  phases.flatMap((phase) => steps.map((step): [Position, At] => [`${phase}-${step}`, { phase, step }])),
);

/** The phase and step of a position that has them. */
export const phaseOf = (position: Position): At | undefined => parts.get(position);

const phaseAfter = (position: Position): Phase | undefined => {
  if (position === 'pending' || position === 'inventoried') return 'download';
  const at = phaseOf(position);
  if (at === undefined || at.step === 'running' || at.step === 'failed') return undefined;
  return at.step === 'complete' ? phases[phases.indexOf(at.phase) + 1] : at.phase;
};

// The gate asks this of every update: looked up instead of worked out.
const nextPhases = new Map(positions.map((position) => [position, phaseAfter(position)]));

/** The phase that comes next, or is being waited for; `undefined` when there is none left to enter. */
export const nextPhase = (position: Position): Phase | undefined => nextPhases.get(position);

/** Where a phase is entered from, and where a retry of it goes back to. */
export const entryOf = (phase: Phase): Position => {
  const before = phases[phases.indexOf(phase) - 1];
  return before === undefined ? 'inventoried' : `${before}-complete`;
};

/** The device is undoing a failed phase, or has. */
export const isResetting = (position: Position): boolean => rank(position) >= rank('resetting');

const path = phases.flatMap((phase) => [`${phase}-running`, `${phase}-complete`] as const);

/** The running and complete steps after `from` up to and including `to`. */
export const pathTo = (from: Position, to: Position): Position[] => {
  const [first, last] = [rank(from), rank(to)];
  return path.filter((position) => rank(position) > first && rank(position) <= last);
};

/** Whether the device was told to start, so that what it gets can no longer change. */
export const wasDelivered = (position: Position): boolean => rank(position) >= rank('download-running');

/** The phase that fails when a device at `from` fails: the one that runs, or the next when it was ahead of us. */
export const failingPhase = (from: Position): Phase | undefined => {
  const at = phaseOf(from);
  if (at === undefined || rank(from) < rank('download-ready')) return undefined;
  return at.step === 'complete' ? nextPhase(from) : at.phase;
};
