import type { Form } from './form.ts';

/** What somebody has filled in and not saved; `revision` is that of the campaign that they edit, 0 for a new one. */
export type Draft = Form & { readonly at: number; readonly revision: number };

/** Of `localStorage`, what drafts need. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Another form of drafts would not be understood. */
const FORM = 1;

type Kept = { readonly form: number; readonly draft: Draft };

/** One draft for each account and person, and each campaign that is edited or copied. */
export const draftKey = (account: string, person: string, about: string): string =>
  `muster-draft/${account}/${person}/${about}`;

const isKept = (value: unknown): value is Kept =>
  typeof value === 'object' && value !== null && 'form' in value && value.form === FORM && 'draft' in value;

/** The draft under a key; nothing where there is none that can be read. */
export const readDraft = (shelf: Shelf, key: string): Draft | undefined => {
  try {
    const value: unknown = JSON.parse(shelf.getItem(key) ?? 'null');
    return isKept(value) ? value.draft : undefined;
  } catch {
    return undefined;
  }
};

/** Keeps a draft; a browser that has no room left keeps none. */
export const keepDraft = (shelf: Shelf, key: string, draft: Draft): boolean => {
  try {
    shelf.setItem(key, JSON.stringify({ form: FORM, draft } satisfies Kept));
    return true;
  } catch {
    return false;
  }
};

export const dropDraft = (shelf: Shelf, key: string): void => shelf.removeItem(key);
