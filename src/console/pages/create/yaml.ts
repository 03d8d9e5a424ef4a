import { type Flaw, parseCampaign } from '../../../client/document/parse.ts';
import { packagesOf, planOf } from '../../../client/document/plan.ts';
import { documentOf, documentText } from '../../../client/document/write.ts';
import type { CampaignDocument, PackageRef } from '../../../wire/muster/campaign-document.ts';
import type { Package } from '../../../wire/muster/packages.ts';
import type { Api } from '../../session/use-session.ts';
import type { Form } from './form.ts';

const MANY = 200;
const CANDIDATES = 100;

/** A form, or what is wrong with the document that it was to come from. */
export type Imported =
  | { readonly ok: true; readonly form: Form }
  | { readonly ok: false; readonly flaws: readonly Flaw[] };

const whole = (message: string): Imported => ({
  ok: false,
  flaws: [{ line: 1, column: 1, path: 'spec', message }],
});

type NamedRef = Exclude<PackageRef, string>;

/** Everything that a reference says of a package, it is. */
const fits = (ref: NamedRef, pack: Package): boolean =>
  (['name', 'version', 'kind', 'make', 'model', 'fromVersion'] as const).every(
    (field) => ref[field] === undefined || ref[field] === pack[field],
  );

const keyOf = (ref: PackageRef): string => JSON.stringify(ref);
const refText = (ref: PackageRef): string => (typeof ref === 'string' ? ref : `${ref.name} ${ref.version}`);

const findPackage = async ({ client }: Api, ref: PackageRef): Promise<readonly Package[]> => {
  if (typeof ref === 'string') {
    const found = await client.getPackage({ params: { package: ref } }).catch(() => undefined);
    return found === undefined ? [] : [found];
  }
  const { items } = await client.listPackages({ query: { text: ref.name, limit: CANDIDATES } });
  return items.filter((pack) => fits(ref, pack));
};

type Named<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

const idsOfPackages = async (
  api: Api,
  document: CampaignDocument,
): Promise<Named<ReadonlyMap<string, string>>> => {
  const ids = new Map<string, string>();
  for (const ref of packagesOf(document)) {
    const [found, ...others] = await findPackage(api, ref);
    if (found === undefined) return { ok: false, message: `There is no package ${refText(ref)} here.` };
    if (others.length > 0)
      return { ok: false, message: `Several packages are ${refText(ref)}: say kind, make or model too.` };
    ids.set(keyOf(ref), found.id);
  }
  return { ok: true, value: ids };
};

const savedQueryOf = async ({ client }: Api, document: CampaignDocument) => {
  const { target } = document.spec;
  if (target === undefined || !('query' in target)) return undefined;
  const { items } = await client.listQueries({ query: { limit: MANY } });
  const found = items.find(({ id, name }) => id === target.query || name === target.query);
  return { asked: target.query, found };
};

/** Reads a campaign from YAML, with packages and saved queries as they are called in this account. */
export const importYaml = async (api: Api, text: string): Promise<Imported> => {
  const parsed = parseCampaign(text);
  if (!parsed.ok) return parsed;
  const { document } = parsed;
  const { target } = document.spec;
  if (target !== undefined && 'file' in target && target.file !== undefined)
    return whole(`The devices are in ${target.file}: put their ids into “devices” instead.`);
  const packages = await idsOfPackages(api, document);
  if (!packages.ok) return whole(packages.message);
  const saved = await savedQueryOf(api, document);
  if (saved !== undefined && saved.found === undefined)
    return whole(`There is no saved query ${saved.asked} here.`);
  const plan = planOf(document, {
    packageId: (ref) => packages.value.get(keyOf(ref)) ?? '',
    savedQuery: () => ({ id: saved?.found?.id ?? '', expression: saved?.found?.expression ?? '' }),
  });
  const devices = target !== undefined && 'devices' in target ? (target.devices ?? []) : [];
  return { ok: true, form: { plan, devices } };
};

/** A plan as the YAML document that the command line applies. */
export const exportYaml = async (api: Api, { plan, devices }: Form): Promise<string> => {
  const ids = [...plan.packages, ...plan.stopRules.flatMap(({ rollBackTo }) => rollBackTo ?? [])];
  const packages = new Map<string, Package>();
  for (const id of ids) {
    const found = await api.client.getPackage({ params: { package: id } }).catch(() => undefined);
    if (found !== undefined) packages.set(id, found);
  }
  const { items } = await api.client.listQueries({ query: { limit: MANY } }).catch(() => ({ items: [] }));
  const packageRef = (id: string): PackageRef => {
    const found = packages.get(id);
    return found === undefined ? id : { name: found.name, version: found.version };
  };
  const queryName = (list: string, expression: string): string | undefined =>
    items.find((query) => query.id === list && query.expression === expression)?.name;
  return documentText(documentOf(plan, { packageRef, queryName }, devices.length > 0 ? devices : undefined));
};
