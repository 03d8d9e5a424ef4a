import type { Change, Write } from '../app/ports.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Line } from './queries/logs.ts';
import type { Transition } from './queries/updates.ts';

/** What devices say of their updates, by far the most there is: a transition, an entry of the log, or both. */
export type Report = {
  readonly account: AccountKey;
  readonly transition: Transition | null;
  readonly line: Line | null;
};

type Save = Extract<Write, { save: 'update' }>;
type Append = Extract<Write, { append: 'log' }>;

const isSave = (write: Write): write is Save => 'save' in write && write.save === 'update';
const isAppend = (write: Write): write is Append => 'append' in write;

/** The report that is all a change writes, if it is one. */
export const reportOf = ({ account, writes, idempotency }: Change): Report | undefined => {
  if (account === null || idempotency !== undefined || writes.length > 2) return undefined;
  const [save, append] = [writes.find(isSave), writes.find(isAppend)];
  const parts = [save, append].filter((part) => part !== undefined);
  if (parts.length === 0 || parts.length < writes.length || !areOfOne(save, append)) return undefined;
  const line = append === undefined ? null : lineOf(account, append);
  return { account, transition: save === undefined ? null : transitionOf(account, save, line), line };
};

const areOfOne = (save: Save | undefined, append: Append | undefined): boolean =>
  save === undefined ||
  append === undefined ||
  (save.was.campaign === append.campaign && save.was.device === append.device);

const transitionOf = (account: AccountKey, { was, value }: Save, line: Line | null): Transition => ({
  ...{ account, was, value, entry: line?.entry ?? null },
});

const lineOf = (account: AccountKey, { campaign, device, entry }: Append): Line => ({
  ...{ account, campaign, device, entry },
});
