import { count, plural } from './format.ts';

type Change = { readonly add: readonly string[]; readonly remove: readonly string[] };

const named = (tags: readonly string[]): string => tags.map((tag) => `“${tag}”`).join(', ');

/** What a change of tags will do to how many devices, in a sentence or two. */
export const tagRadius = ({ add, remove }: Change, many: number): string => {
  const whom = many === 1 ? 'one device' : plural(many, 'device');
  if (add.length + remove.length === 0) return `Say which tags of ${whom} are to change.`;
  const both = add.find((tag) => remove.includes(tag));
  if (both !== undefined) return `“${both}” cannot be added and taken off.`;
  const what = [
    ...(add.length > 0 ? [`adds ${named(add)} to`] : []),
    ...(remove.length > 0 ? [`takes ${named(remove)} off`] : []),
  ].join(' and ');
  return `This ${what} ${whom}. Campaigns that run for devices with such a tag take in whoever matches then; nobody is taken out.`;
};

type Done = {
  readonly status: string;
  readonly seen: number;
  readonly changed: number;
  readonly failed: number;
};

/** What came of it. */
export const tagDone = ({ status, seen, changed, failed }: Done): string =>
  [
    ...(status === 'stopped' ? ['Stopped:'] : []),
    `${plural(changed, 'device')} changed,`,
    `${count(seen - changed - failed)} had it so already${failed === 0 ? '.' : `, ${count(failed)} failed.`}`,
  ].join(' ');
