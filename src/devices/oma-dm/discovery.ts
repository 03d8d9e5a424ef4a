import { get, type Outgoing } from './outgoing.ts';
import type { Profile } from './profile.ts';
import type { Answer, Answers, Tree } from './record.ts';
import type { Script } from './script-types.ts';
import { childrenIn, hasNode } from './steps.ts';

const FUMO = 'urn:oma:mo:oma-fumo:1.';
const SCOMO = 'urn:oma:mo:oma-scomo:1.';

/** Nodes looked at when the usual ones are not there. */
const MOST_NODES = 32;

/** Where devices have it unless they were told otherwise (B1.7). */
const usualFumo = ['./FUMO', './FwUpdate'] as const;
const usualScomo = './SCOMO';

const candidates = ({ fumo }: Profile): readonly string[] => (fumo === null ? usualFumo : [fumo]);

/** Looks at the usual places. */
export const lookAround = (profile: Profile): readonly Outgoing[] => [
  ...candidates(profile).map((node) => get(`fumo ${node}`, node)),
  get('scomo', profile.scomo ?? usualScomo),
];

/** What a step of the search has found, or what it is to ask next. */
export type Found =
  | { readonly script: Script; readonly commands: readonly Outgoing[] }
  | { readonly tree: Omit<Tree, 'firmware'> };

const isThere = (answer: Answer | undefined): answer is Answer =>
  answer !== undefined && answer.items.length > 0 && (answer.status === null || answer.status < 300);

const childrenOf = (answer: Answer | undefined): readonly string[] => childrenIn(answer?.items[0]?.data);

const nothing = (scomo: string | null): Found => ({ tree: { fumo: null, scomo, refused: [] } });

const isFumo = (children: readonly string[]): boolean =>
  ['Download', 'Update', 'DownloadAndUpdate'].some((name) => hasNode(children, name));

const treeOf = (root: string, children: readonly string[], scomo: string | null): Found => ({
  tree: { fumo: { root, children }, scomo, refused: [] },
});

const scomoIn = (profile: Profile, answers: Answers): string | null =>
  isThere(answers['scomo']) ? (profile.scomo ?? usualScomo) : null;

/** What the usual places have shown. */
export const afterLook = (profile: Profile, answers: Answers): Found => {
  const scomo = scomoIn(profile, answers);
  const places = candidates(profile).map((node) => ({ node, answer: answers[`fumo ${node}`] }));
  const direct = places.find(({ answer }) => isThere(answer) && isFumo(childrenOf(answer)));
  if (direct !== undefined) return treeOf(direct.node, childrenOf(direct.answer), scomo);
  // Windows Mobile has the object below the usual node, under a name of its own.
  const above = places.find(({ answer }) => isThere(answer) && childrenOf(answer).length > 0);
  const below = childrenOf(above?.answer)[0];
  if (above !== undefined && below !== undefined) return lookAt(`${above.node}/${below}`, scomo);
  return { script: { at: 'root', scomo }, commands: [get('root', '.')] };
};

const lookAt = (fumo: string | null, scomo: string | null): Found => ({
  script: { at: 'found', fumo, scomo },
  commands: [...(fumo === null ? [] : [get('fumo', fumo)]), ...(scomo === null ? [] : [get('scomo', scomo)])],
});

const known = ['devinfo', 'devdetail', 'dmacc', 'inbox'];

/** What stands at the root of the device's tree. */
export const afterRoot = (scomo: string | null, answers: Answers): Found => {
  const nodes = childrenOf(answers['root'])
    .filter((name) => !known.includes(name.toLowerCase()))
    .slice(0, MOST_NODES)
    .map((name) => `./${name}`);
  if (nodes.length === 0) return nothing(scomo);
  return {
    script: { at: 'types', scomo, nodes },
    commands: nodes.map((node) => get(`type ${node}`, `${node}?prop=Type`)),
  };
};

/** Which management object is where. */
export const afterTypes = (
  { scomo: known, nodes }: { readonly scomo: string | null; readonly nodes: readonly string[] },
  answers: Answers,
): Found => {
  const ofType = (type: string) =>
    nodes.find((node) => answers[`type ${node}`]?.items[0]?.data.toLowerCase().includes(type)) ?? null;
  const fumo = ofType(FUMO);
  const scomo = known ?? ofType(SCOMO);
  return fumo === null ? nothing(scomo) : lookAt(fumo, scomo);
};

/** What is in an object that was found by its type, or below a usual node. */
export const afterFound = (
  { fumo, scomo }: { readonly fumo: string | null; readonly scomo: string | null },
  answers: Answers,
): Found => {
  const children = childrenOf(answers['fumo']);
  return fumo !== null && isFumo(children) ? treeOf(fumo, children, scomo) : nothing(scomo);
};
