import type { Change, Write } from '../app/writes.ts';
import { type ContactEpochs, createContactEpochs } from './contact-epochs.ts';

/** Records that are read far more often than written, in the kinds that are remembered together. */
const kinds = {
  identity: ['account', 'user', 'role', 'membership', 'token', 'tokens-of'],
  campaigns: ['campaign'],
  packages: ['package'],
} as const satisfies Record<string, readonly NameOf<Write>[]>;
type NameOf<W> = W extends { readonly save: infer Name } | { readonly drop: infer Name } ? Name : never;
type Kind = keyof typeof kinds;

const nameOf = (write: Write): string => {
  if ('save' in write) return write.save;
  return 'drop' in write ? write.drop : '';
};

const isWritten = (kind: Kind, changes: readonly Change[]): boolean => {
  const names: readonly string[] = kinds[kind];
  return changes.some(({ writes }) => writes.some((write) => names.includes(nameOf(write))));
};

export type Epochs = {
  /** Another number whenever records of this kind may be other than before; `undefined` where nobody knows. */
  readonly of: (kind: Kind) => number | undefined;
  /** These may have been committed just now. */
  readonly note: (changes: readonly Change[]) => void;
  readonly noteAll: () => void;
  /** The same of what devices are answered; what is noted here is noted there. */
  readonly contacts: Pick<ContactEpochs, 'now' | 'of' | 'ofIdentity' | 'noteAccount'>;
};

/** `writesOfOthers` is another number whenever another process has written; without it there are no epochs. */
export const createEpochs = (writesOfOthers: (() => number) | undefined): Epochs => {
  const counts: Record<Kind, number> = { identity: 0, campaigns: 0, packages: 0 };
  let seen: number | undefined;
  const noteAll = (): void => {
    counts.identity += 1;
    counts.campaigns += 1;
    counts.packages += 1;
    contacts.noteAll();
  };
  const isKnown = (): boolean => {
    const others = writesOfOthers?.();
    if (others === undefined) return false;
    if (others !== seen) {
      seen = others;
      noteAll();
    }
    return true;
  };
  const contacts = createContactEpochs(isKnown);
  return {
    contacts,
    of: (kind) => (isKnown() ? counts[kind] : undefined),
    note: (changes) => {
      contacts.note(changes);
      if (isWritten('identity', changes)) counts.identity += 1;
      if (isWritten('campaigns', changes)) counts.campaigns += 1;
      if (isWritten('packages', changes)) counts.packages += 1;
    },
    noteAll,
  };
};
