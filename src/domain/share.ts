/**
 * Where a device stands in the line from 0 to below 1 that a campaign deals shares from: always at the same place, so
 * that a larger share contains the smaller one. Another salt makes another order. FNV-1a over UTF-16 code units with
 * the finalizer of MurmurHash3, since the first alone is uneven for ids that differ in their last characters.
 */
export const placeOf = (salt: string, id: string): number => {
  let hash = mixed(mixed(mixed(0x811c9dc5, salt), '/'), id);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
};

const mixed = (before: number, text: string): number => {
  let hash = before;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
};
