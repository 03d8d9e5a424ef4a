import type { Blobs } from '../../src/app/blobs.ts';
import type { StoredPackage } from '../../src/app/records.ts';
import type { Package } from '../../src/domain/package.ts';
import type { Fleet } from './fleet.ts';
import { granted } from './fleet.ts';

/** A package of these bytes, which are there. */
export const putPackage = async (
  { world }: Pick<Fleet, 'world'>,
  blobs: Blobs,
  bytes: Uint8Array,
  given: Partial<Package> = {},
): Promise<StoredPackage> => {
  const source = async function* () {
    yield bytes;
  };
  const { sha256, sha1, md5, size } = granted(await blobs.put(source(), Number.POSITIVE_INFINITY));
  return world.addPackage({ digests: { sha256, sha1, md5, size }, ...given });
};
