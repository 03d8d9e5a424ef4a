import type { Package, PackageKind } from '../domain/package.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Caller } from './caller.ts';
import type { Store } from './ports.ts';
import type { StoredPackage } from './records.ts';
import { readWhole } from './slice-through.ts';

type Reading = { readonly store: Store };
type Account = Pick<Caller, 'account'>;

/** All packages of some kinds, the oldest first. */
export const packagesOfKinds = async (
  { store }: Reading,
  { account }: Account,
  kinds: readonly PackageKind[],
): Promise<readonly StoredPackage[]> => {
  const [only] = kinds;
  const kind = kinds.length === 1 && only !== undefined ? only : null;
  const filter = { text: '', kind, make: '', model: '' };
  const packages = await readWhole((page) => store.packages.list(account.key, filter, page));
  return packages.filter((pack) => kinds.includes(pack.kind));
};

const isFor = ({ make, model }: Pick<Package, 'make' | 'model'>): readonly Expression[] =>
  Object.entries({ make, model })
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({
      type: 'compare',
      field: { kind: 'column', name: name === 'make' ? 'make' : 'model' },
      operator: '=',
      value,
    }));

/** Those of the packages for which the account has a device, among those that `reach` finds. */
export const packagesOnOffer = async (
  { store }: Reading,
  { account }: Account,
  packages: readonly StoredPackage[],
  reach: Expression,
): Promise<readonly StoredPackage[]> => {
  const known = new Map<string, boolean>();
  const offered: StoredPackage[] = [];
  for (const pack of packages) {
    const name = JSON.stringify([pack.make, pack.model]);
    let isThere = known.get(name);
    if (isThere === undefined) {
      const where: Expression = { type: 'and', of: [reach, ...isFor(pack)] };
      isThere = (await store.devices.list(account.key, where, { after: 0, limit: 1 })).items.length > 0;
      known.set(name, isThere);
    }
    if (isThere) offered.push(pack);
  }
  return offered;
};
