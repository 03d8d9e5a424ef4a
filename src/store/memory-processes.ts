import type { Leases, StoredUpload, UploadPiece, UploadStore } from '../app/process-ports.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';

/** Who of several processes does what. */
export const leases = (): Leases => {
  const held = new Map<string, { readonly holder: string; readonly until: Instant }>();
  return {
    take: async (name, holder, now, until) => {
      const found = held.get(name);
      if (found !== undefined && found.holder !== holder && found.until > now) return false;
      held.set(name, { holder, until });
      return true;
    },
    release: async (holder) => {
      for (const [name, lease] of [...held]) if (lease.holder === holder) held.delete(name);
    },
    anyHeld: async (prefix, now) =>
      held.entries().some(([name, { until }]) => name.startsWith(prefix) && until > now),
  };
};

type Held = { readonly upload: StoredUpload; readonly pieces: readonly UploadPiece[] };

/** Uploads in pieces, and whether a piece of any has these bytes. */
export const uploads = (): UploadStore & { readonly hasBytes: (sha256: string) => boolean } => {
  const all = new Map<string, Held>();
  const nameOf = (account: AccountKey, id: string): string => `${account}/${id}`;
  const find = (account: AccountKey, id: string): Held | undefined => all.get(nameOf(account, id));
  return {
    hasBytes: (bytes) => all.values().some(({ pieces }) => pieces.some(({ sha256 }) => sha256 === bytes)),
    begin: async (given) => {
      const upload = { ...given, received: 0, made: null };
      all.set(nameOf(given.account, given.id), { upload, pieces: [] });
    },
    find: async (account, id) => find(account, id)?.upload,
    underWay: async (account) =>
      [...all.values()]
        .map(({ upload }) => upload)
        .filter((upload) => upload.account === account && upload.made === null)
        .sort((a, b) => a.touchedAt - b.touchedAt || (a.id < b.id ? -1 : 1)),
    pieces: async (account, id) => find(account, id)?.pieces ?? [],
    append: async (account, id, piece, at) => {
      const found = find(account, id);
      if (found === undefined || found.upload.received !== piece.start || found.upload.made !== null)
        return false;
      const upload = { ...found.upload, received: piece.start + piece.size, touchedAt: at };
      all.set(nameOf(account, id), { upload, pieces: [...found.pieces, piece] });
      return true;
    },
    finish: async (account, id, made, at) => {
      const found = find(account, id);
      if (found !== undefined)
        all.set(nameOf(account, id), { upload: { ...found.upload, made, touchedAt: at }, pieces: [] });
    },
    drop: async (account, id) => {
      all.delete(nameOf(account, id));
    },
    expire: async (before) => {
      for (const [name, { upload }] of [...all]) if (upload.touchedAt < before) all.delete(name);
    },
  };
};
