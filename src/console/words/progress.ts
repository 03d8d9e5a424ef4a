/** How many devices are at each position, and how many have ended in which way; as the API counts them. */
export type Counts = {
  readonly total: number;
  readonly open: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
};

/** What one part of a progress bar stands for. */
export type PartName =
  | 'succeeded'
  | 'activating'
  | 'installing'
  | 'downloading'
  | 'undoing'
  | 'waiting'
  | 'ended'
  | 'failed';

export type Part = {
  readonly name: PartName;
  readonly label: string;
  readonly count: number;
  /** What the list of devices is filtered by to show these. */
  readonly positions: readonly string[];
  readonly outcomes: readonly string[];
};

const phase = (name: string, steps: readonly string[]): readonly string[] =>
  steps.map((step) => `${name}-${step}`);

/** How an update ends that went wrong; whoever was taken out or cancelled has not failed. */
export const failedOutcomes: readonly string[] = ['failed', 'timed-out', 'rejected'];

const busy = ['ready', 'running', 'complete', 'failed'] as const;
const held = ['awaiting-approval', 'scheduled'] as const;

/** In the order in which a bar shows them: what is done, what is under way, what is ahead, what went wrong. */
const parts: readonly Omit<Part, 'count'>[] = [
  { name: 'succeeded', label: 'Succeeded', positions: [], outcomes: ['succeeded'] },
  { name: 'activating', label: 'Activating', positions: phase('activation', busy), outcomes: [] },
  { name: 'installing', label: 'Installing', positions: phase('execution', busy), outcomes: [] },
  { name: 'downloading', label: 'Downloading', positions: phase('download', busy), outcomes: [] },
  { name: 'undoing', label: 'Undoing', positions: ['resetting', 'reset', 'reset-failed'], outcomes: [] },
  {
    name: 'waiting',
    label: 'Waiting',
    positions: [
      ...['pending', 'inventoried'],
      ...['download', 'execution', 'activation'].flatMap((name) => phase(name, held)),
    ],
    outcomes: [],
  },
  {
    name: 'ended',
    label: 'Ended otherwise',
    positions: [],
    outcomes: ['cancelled', 'removed', 'closed-by-operator'],
  },
  { name: 'failed', label: 'Failed', positions: [], outcomes: failedOutcomes },
];

const sum = (from: Readonly<Record<string, number>>, names: readonly string[]): number =>
  names.reduce((total, name) => total + (from[name] ?? 0), 0);

/** The parts of a progress bar, empty ones included. */
export const partsOf = ({ open, closed }: Counts): readonly Part[] =>
  parts.map((part) => ({ ...part, count: sum(open, part.positions) + sum(closed, part.outcomes) }));

const of = (counts: Counts, ...names: readonly PartName[]): number =>
  partsOf(counts)
    .filter(({ name }) => names.includes(name))
    .reduce((total, { count }) => total + count, 0);

/** What a campaign comes to, in the few numbers that a line has room for. */
export type Totals = {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Devices that were told to begin and have not ended. */
  readonly inProgress: number;
  readonly waiting: number;
  readonly done: number;
};

const running = ['running', 'complete', 'failed'] as const;

/** Positions of devices that were told to begin. */
export const begunPositions: readonly string[] = [
  ...phase('download', running),
  ...['execution', 'activation'].flatMap((name) => phase(name, [...held, ...busy])),
  ...['resetting', 'reset', 'reset-failed'],
];

/** Every position, for filters; in the order in which a device comes to them. */
export const positions: readonly string[] = [
  'pending',
  'inventoried',
  ...['download', 'execution', 'activation'].flatMap((name) => phase(name, [...held, ...busy])),
  'resetting',
  'reset',
  'reset-failed',
];

/** Positions of devices that were not told to begin. */
export const waitingPositions: readonly string[] = positions.filter(
  (position) => !begunPositions.includes(position),
);

/** The few numbers of a campaign. */
export const totalsOf = (counts: Counts): Totals => {
  const inProgress = sum(counts.open, begunPositions);
  const open = Object.values(counts.open).reduce((total, n) => total + n, 0);
  return {
    total: counts.total,
    succeeded: of(counts, 'succeeded'),
    failed: of(counts, 'failed'),
    inProgress,
    waiting: open - inProgress,
    done: counts.total - open,
  };
};

const phaseWords: Readonly<Record<string, string>> = {
  download: 'Download',
  execution: 'Installation',
  activation: 'Activation',
};
const stepWords: Readonly<Record<string, string>> = {
  'awaiting-approval': 'waits for a go',
  scheduled: 'waits for its time',
  ready: 'ready',
  running: 'under way',
  complete: 'done',
  failed: 'failed',
};
const positionWords: Readonly<Record<string, string>> = {
  pending: 'Not seen yet',
  inventoried: 'Known, waits',
  resetting: 'Undoing',
  reset: 'Undone',
  'reset-failed': 'Undoing failed',
};

/** A position as a few words: `download-running` is `Download under way`. */
export const positionLabel = (position: string): string => {
  const whole = positionWords[position];
  if (whole !== undefined) return whole;
  const [name = '', ...step] = position.split('-');
  return `${phaseWords[name] ?? name} ${stepWords[step.join('-')] ?? step.join(' ')}`;
};

const outcomeWords: Readonly<Record<string, string>> = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  rejected: 'Rejected by the device',
  cancelled: 'Cancelled',
  'timed-out': 'Timed out',
  removed: 'Taken out',
  'closed-by-operator': 'Closed by an operator',
};

export const outcomes: readonly string[] = Object.keys(outcomeWords);

/** An outcome as a few words. */
export const outcomeLabel = (outcome: string): string => outcomeWords[outcome] ?? outcome;
