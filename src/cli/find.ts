import type { Client } from '../client/muster.ts';
import { ProblemError } from '../client/muster.ts';
import type { Campaign } from '../wire/muster/campaigns.ts';
import type { Package } from '../wire/muster/packages.ts';
import type { SavedQuery } from '../wire/muster/queries.ts';
import { CliError } from './cli-error.ts';
import { collect } from './lists.ts';

const orNone = async <Value>(value: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await value;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 404) return undefined;
    throw error;
  }
};

type Named = { readonly id: string };

/** The only one of those that a word may mean; refuses none and several. */
const only = <Item extends Named>(noun: string, word: string, found: readonly Item[]): Item => {
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined) {
    throw new CliError(`there is no ${noun} "${word}"`, { ending: 'refused', next: `muster ${noun} list` });
  }
  throw new CliError(`several are called "${word}": ${found.map(({ id }) => id).join(', ')}`, {
    ending: 'refused',
    next: 'the same command with one of these ids',
  });
};

const all = Number.POSITIVE_INFINITY;
/** Whether a word can be an id, which has no slash and is short. */
const mayBeId = (word: string): boolean =>
  word !== '' && word.length <= 128 && !word.includes('/') && !/\p{Cc}/u.test(word);

const byIdOrName = async <Item extends Named>(
  noun: string,
  word: string,
  byId: (id: string) => Promise<Item>,
  byName: () => Promise<readonly Item[]>,
): Promise<Item> => {
  const found = mayBeId(word) ? await orNone(byId(word)) : undefined;
  return found ?? only(noun, word, await byName());
};

/** A saved query by id or name. */
export const findQuery = (client: Client, word: string): Promise<SavedQuery> =>
  byIdOrName(
    'query',
    word,
    (query) => client.getQuery({ params: { query } }),
    async () =>
      (await collect(all, (query) => client.listQueries({ query }))).items.filter(
        ({ name }) => name === word,
      ),
  );

/** A campaign by id or name. */
export const findCampaign = (client: Client, word: string): Promise<Campaign> =>
  byIdOrName(
    'campaign',
    word,
    (campaign) => client.getCampaign({ params: { campaign } }),
    () => campaignsNamed(client, word),
  );

/** Every campaign of a name, oldest first. */
export const campaignsNamed = async (client: Client, name: string): Promise<readonly Campaign[]> => {
  const { items } = await collect(all, (query) => client.listCampaigns({ query: { ...query, text: name } }));
  return items.filter((campaign) => campaign.name === name);
};

/** A package by id, name, or name@version. */
export const findPackage = (client: Client, word: string): Promise<Package> =>
  byIdOrName(
    'package',
    word,
    (id) => client.getPackage({ params: { package: id } }),
    async () => {
      const at = word.lastIndexOf('@');
      const [name, version] = at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, undefined];
      const { items } = await collect(all, (query) =>
        client.listPackages({ query: { ...query, text: name } }),
      );
      return items.filter((one) => one.name === name && (version === undefined || one.version === version));
    },
  );
