import type { Range } from './blobs.ts';
import { type Spans, sizeOf, withSpan } from './byte-spans.ts';
import { report } from './check-in.ts';
import type { OpenedTicket } from './download-ticket.ts';
import { insist } from './insist.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { getTransfers, setTransfers } from './transfers.ts';
import type { Later } from './waker.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly later: Later;
  /** Is told of what could not be written; the bytes go on. */
  readonly problem: (error: unknown) => void;
};

/** Counts the bytes that devices fetch by their tickets, whatever the protocol, and tells of them once a second. */
export type TransferMeter = {
  /** These bytes of the package went out. */
  readonly note: (ticket: OpenedTicket, range: Range) => void;
  /** The device begins the package anew: what it had fetched before counts no longer. */
  readonly again: (ticket: OpenedTicket) => void;
  /** The device was led to where others hand out the bytes: it has begun, and how far it comes is not seen. */
  readonly elsewhere: (ticket: OpenedTicket) => void;
  /** Resolves once everything that was noted is written. */
  readonly flush: () => Promise<void>;
};

/** One package on its way to one device. */
type Transfer = {
  readonly name: string;
  readonly ticket: OpenedTicket;
  spans: Spans;
  /** What was written last; `undefined` before the first time. */
  told: number | undefined;
  /** What the store knows of before is to be forgotten. */
  anew: boolean;
  /** The update takes no more of it. */
  over: boolean;
  /** Something was written less than a second ago. */
  resting: boolean;
  /** Writes that are under way, one after the other. */
  writing: Promise<void>;
  callOff: () => void;
};

const PAUSE = 1_000;
/** After so long without a byte a transfer is forgotten; the store knows how far it came. */
const IDLE = 60_000;
/** More at once are not counted. */
const MOST = 100_000;

const nameOf = ({ speaker, member, pack }: OpenedTicket): string => {
  const { campaign, device, update } = member;
  return `${speaker.account.key}/${campaign.key}/${device.key}/${update.generation}/${pack.key}`;
};

const isWhole = ({ ticket, spans }: Transfer): boolean => sizeOf(spans) === ticket.pack.digests.size;

/**
 * Writes at most once a second for each transfer: the first bytes and the last at once. The first begin the download. What
 * could not be written is tried again after a second.
 */
export const createTransferMeter = (deps: Deps): TransferMeter => {
  const transfers = new Map<string, Transfer>();

  const find = (ticket: OpenedTicket): Transfer | undefined => {
    const name = nameOf(ticket);
    const found = transfers.get(name);
    if (found !== undefined || transfers.size >= MOST) return found;
    const begun: Transfer = {
      ...{ name, ticket, spans: [], told: undefined, anew: false, over: false, resting: false },
      ...{ writing: Promise.resolve(), callOff: () => undefined },
    };
    transfers.set(name, begun);
    return begun;
  };

  const forget = (transfer: Transfer): void => {
    transfer.callOff();
    transfers.delete(transfer.name);
  };

  const wait = (transfer: Transfer, milliseconds: number, run: () => void): void => {
    transfer.callOff();
    transfer.callOff = deps.later(run, milliseconds);
  };

  const write = (transfer: Transfer): void => {
    transfer.writing = transfer.writing.then(() => tell(deps, transfer)).catch(deps.problem);
    transfer.resting = true;
    wait(transfer, PAUSE, () => rested(transfer));
  };

  const rested = (transfer: Transfer): void => {
    transfer.resting = false;
    if (transfer.over || transfer.told === sizeOf(transfer.spans))
      wait(transfer, IDLE, () => forget(transfer));
    else write(transfer);
  };

  return {
    note: (ticket, range) => {
      const transfer = find(ticket);
      if (transfer === undefined || transfer.over) return;
      const before = sizeOf(transfer.spans);
      transfer.spans = withSpan(transfer.spans, range);
      const isMore = sizeOf(transfer.spans) > before;
      if (isMore && (!transfer.resting || isWhole(transfer))) write(transfer);
    },
    again: (ticket) => {
      const transfer = find(ticket);
      if (transfer === undefined) return;
      Object.assign(transfer, { spans: [], told: undefined, anew: true });
    },
    elsewhere: (ticket) => {
      const transfer = find(ticket);
      if (transfer !== undefined && transfer.told === undefined && !transfer.resting) write(transfer);
    },
    flush: async () => {
      const left = [...transfers.values()];
      for (const transfer of left) if (transfer.spans.length > 0 && !transfer.over) write(transfer);
      await Promise.all(left.map(({ writing }) => writing));
      left.forEach(forget);
    },
  };
};

const placeOf = ({ member: { campaign, device } }: OpenedTicket) => ({
  ...{ campaign: campaign.id, device: device.id },
});

/** The download runs from the first byte on. Gives how much was fetched before, as the store knows it. */
const begin = async (deps: Deps, { ticket, anew }: Transfer): Promise<number> => {
  const { speaker, member, pack } = ticket;
  const [said, at] = [{ type: 'progress', phase: 'download', step: 'running' } as const, placeOf(ticket)];
  if (member.update.position === 'download-ready')
    await insist(() => report(deps, speaker, at, { ...said, whileAt: 'download-ready' }));
  if (anew) return 0;
  const known = await getTransfers(deps, speaker, at);
  return known.ok ? (known.value.find(({ id }) => id === pack.id)?.done ?? 0) : 0;
};

/** Writes how much was fetched by now, if that is something else than what was told. */
const tell = async (deps: Deps, transfer: Transfer): Promise<void> => {
  const { ticket } = transfer;
  const { id, digests } = ticket.pack;
  const set = (done: number) =>
    insist(() => setTransfers(deps, ticket.speaker, placeOf(ticket), [{ id, done, of: digests.size }]));
  if (transfer.over) return;
  if (transfer.told === undefined) {
    const before = await begin(deps, transfer);
    transfer.spans = withSpan(transfer.spans, { start: 0, end: before });
    if (transfer.anew) await set(0);
    transfer.anew = false;
  }
  const done = sizeOf(transfer.spans);
  if (transfer.told === done) return;
  // An update that is over, or another journey, takes nothing.
  transfer.over = !(await set(done)).ok;
  transfer.told = done;
};
