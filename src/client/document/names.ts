import type { CampaignDocument, PackageRef } from '../../wire/muster/campaign-document.ts';
import type { CampaignPlan } from '../../wire/muster/campaigns.ts';
import type { Package } from '../../wire/muster/packages.ts';
import type { SavedQuery } from '../../wire/muster/queries.ts';
import type { Client } from '../muster.ts';
import { ProblemError } from '../problem.ts';
import type { Path } from './check.ts';
import { type Names, packagesOf } from './plan.ts';
import type { Titles } from './write.ts';

type Reading = Pick<Client, 'getPackage' | 'listPackages' | 'getQuery' | 'listQueries'>;
type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };

/** A document names something that a server does not have, or has several of. */
export class NameError extends Error {
  /** What the name is of. */
  readonly noun: 'package' | 'query';
  /** The name, as the document has it. */
  readonly ref: PackageRef;

  constructor(noun: NameError['noun'], ref: PackageRef, message: string) {
    super(message);
    this.name = 'NameError';
    this.noun = noun;
    this.ref = ref;
  }
}

const all = async <Item>(
  read: (query: { readonly cursor?: string; readonly limit: number }) => Promise<Page<Item>>,
) => {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await read({ ...(cursor && { cursor }), limit: 1_000 });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
};

const orNone = async <Value>(value: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await value;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 404) return undefined;
    throw error;
  }
};

const refText = (ref: PackageRef): string => (typeof ref === 'string' ? ref : `${ref.name} ${ref.version}`);

const fits = (pack: Package, ref: Exclude<PackageRef, string>): boolean =>
  Object.entries(ref).every(
    ([field, value]) => Object.getOwnPropertyDescriptor(pack, field)?.value === value,
  );

const packagesNamed = (client: Reading, name: string): Promise<readonly Package[]> =>
  all((query) => client.listPackages({ query: { ...query, text: name.slice(0, 256) } }));

const packageFor = async (client: Reading, ref: PackageRef): Promise<string> => {
  if (typeof ref === 'string') {
    const found = await orNone(client.getPackage({ params: { package: ref } }));
    if (found !== undefined) return found.id;
    throw new NameError('package', ref, `there is no package with the id "${ref}"`);
  }
  const found = (await packagesNamed(client, ref.name)).filter((pack) => fits(pack, ref));
  const [first, ...others] = found;
  if (first === undefined) throw new NameError('package', ref, `there is no package ${refText(ref)}`);
  if (others.length === 0) return first.id;
  const ids = found.map(({ id }) => id).join(', ');
  throw new NameError(
    'package',
    ref,
    `several packages are ${refText(ref)}; add kind, make, model or fromVersion: ${ids}`,
  );
};

const queryFor = async (client: Reading, word: string): Promise<SavedQuery> => {
  const byId =
    /\//.test(word) || word.length > 128
      ? undefined
      : await orNone(client.getQuery({ params: { query: word } }));
  if (byId !== undefined) return byId;
  const found = (await all((query) => client.listQueries({ query }))).filter(({ name }) => name === word);
  const [first, ...others] = found;
  if (first === undefined) throw new NameError('query', word, `there is no saved query "${word}"`);
  if (others.length === 0) return first;
  throw new NameError(
    'query',
    word,
    `several saved queries are called "${word}": ${found.map(({ id }) => id).join(', ')}`,
  );
};

/** Where in a document something is named, as a path from its top. */
export const placeOfName = ({ spec }: CampaignDocument, { noun, ref }: NameError): Path => {
  if (noun === 'query') return ['spec', 'target', 'query'];
  const key = JSON.stringify(ref);
  const index = (spec.packages ?? []).findIndex((one) => JSON.stringify(one) === key);
  if (index >= 0) return ['spec', 'packages', index];
  const rule = (spec.stopRules ?? []).findIndex(({ rollBackTo }) => JSON.stringify(rollBackTo) === key);
  return ['spec', 'stopRules', rule, 'rollBackTo'];
};

/** Looks up everything that a document names. Throws `NameError` for what is not there. */
export const readNames = async (client: Reading, document: CampaignDocument): Promise<Names> => {
  const packages = new Map<string, string>();
  for (const ref of packagesOf(document)) {
    const key = JSON.stringify(ref);
    if (!packages.has(key)) packages.set(key, await packageFor(client, ref));
  }
  const { target } = document.spec;
  const query = target !== undefined && 'query' in target ? await queryFor(client, target.query) : undefined;
  return {
    packageId: (ref) => packages.get(JSON.stringify(ref)) ?? '',
    savedQuery: () => query ?? { id: '', expression: '' },
  };
};

const titleOf = async (client: Reading, id: string): Promise<PackageRef> => {
  const pack = await orNone(client.getPackage({ params: { package: id } }));
  if (pack === undefined) return id;
  const { name, version, kind, make, model, fromVersion } = pack;
  const twins = (await packagesNamed(client, name)).filter((one) => fits(one, { name, version }));
  return twins.length === 1 ? { name, version } : { name, version, kind, make, model, fromVersion };
};

/** Looks up what the packages and the saved query of a plan are called. */
export const readTitles = async (client: Reading, plan: CampaignPlan): Promise<Titles> => {
  const ids = [
    ...plan.packages,
    ...plan.stopRules.flatMap(({ rollBackTo }) => (rollBackTo ? [rollBackTo] : [])),
  ];
  const packages = new Map<string, PackageRef>();
  for (const id of new Set(ids)) packages.set(id, await titleOf(client, id));
  const list = 'expression' in plan.target ? plan.target.list : undefined;
  const query = list ? await orNone(client.getQuery({ params: { query: list } })) : undefined;
  const named =
    query === undefined
      ? []
      : (await all((page) => client.listQueries({ query: page }))).filter(({ name }) => name === query.name);
  return {
    packageRef: (id) => packages.get(id) ?? id,
    queryName: (_, expression) =>
      query?.expression === expression ? (named.length === 1 ? query.name : query.id) : undefined,
  };
};
