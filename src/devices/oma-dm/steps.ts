import type { Profile } from './profile.ts';
import type { Operation, Tree } from './record.ts';

/** Whether an object for firmware has a node, in any case. */
export const hasNode = (children: readonly string[], name: string): boolean =>
  children.some((child) => child.toLowerCase() === name.toLowerCase());

/**
 * Whether a device downloads and installs in two steps, so that each may have its time, or in one go: as its profile
 * says, else by what its object for firmware offers (B1.7, 3).
 */
export const stepsOf = ({ mode }: Pick<Profile, 'mode'>, tree: Tree | null): 'one' | 'two' => {
  if (mode === 'one-step') return 'one';
  if (mode === 'two-steps' || mode === 'in-band') return 'two';
  const children = tree?.fumo?.children ?? [];
  return hasNode(children, 'Download') && hasNode(children, 'Update') ? 'two' : 'one';
};

/** What a device is told first. */
export const firstOperation = ({
  profile,
  record,
}: {
  readonly profile: Profile;
  readonly record: { readonly tree: Tree | null };
}): Operation => (stepsOf(profile, record.tree) === 'two' ? 'download' : 'all');

/** Names of the children of an interior node, as its Results list them. */
export const childrenIn = (data: string | undefined): readonly string[] =>
  (data ?? '')
    .split('/')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name.length <= 64);
