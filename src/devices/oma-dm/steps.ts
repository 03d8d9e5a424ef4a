import type { Profile } from './profile.ts';
import type { Tree, Way } from './record.ts';

/** Whether an object for firmware has a node, in any case. */
export const hasNode = (children: readonly string[], name: string): boolean =>
  children.some((child) => child.toLowerCase() === name.toLowerCase());

/** Names of the children of an interior node, as its Results list them. */
export const childrenIn = (data: string | undefined): readonly string[] =>
  (data ?? '')
    .split('/')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name.length <= 64);

const offeredWays = (mode: Profile['mode'], children: readonly string[]): readonly Way[] => {
  if (mode === 'one-step') return ['all'];
  if (mode === 'two-steps' || mode === 'in-band') return ['download'];
  const inTwo = hasNode(children, 'Download') && hasNode(children, 'Update');
  const inOne = hasNode(children, 'DownloadAndUpdate') || !inTwo;
  return [...(inOne ? (['all'] as const) : []), ...(inTwo ? (['download'] as const) : [])];
};

type Known = Pick<Tree, 'fumo' | 'refused'>;

/** The ways in which a device may be updated: as its profile says, else by what its object for firmware offers (B1.7, 3). */
const waysOf = ({ mode }: Pick<Profile, 'mode'>, tree: Known | null): readonly Way[] => {
  const refused = tree?.refused ?? [];
  return offeredWays(mode, tree?.fumo?.children ?? []).filter((way) => !refused.includes(way));
};

/** The attribute `dm.steps`: whether downloading and installing may each have its own time. */
export const stepsOf = (profile: Pick<Profile, 'mode'>, tree: Known | null): 'one' | 'two' | 'either' => {
  const ways = waysOf(profile, tree);
  if (!ways.includes('download')) return 'one';
  return ways.includes('all') ? 'either' : 'two';
};

/** How it is to begin: in one go where the gate was asked about that, if the device can; `undefined` where it cannot at all. */
export const wayFor = (
  profile: Pick<Profile, 'mode'>,
  tree: Known | null,
  { together }: { readonly together: boolean },
): Way | undefined => {
  const ways = waysOf(profile, tree);
  const wanted: Way = together ? 'all' : 'download';
  return ways.includes(wanted) ? wanted : ways[0];
};
