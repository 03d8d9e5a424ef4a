import { setTimeout as wait } from 'node:timers/promises';
import type { Store } from '../../src/app/ports.ts';
import { openMemory } from '../../src/store/memory.ts';

/** A store that takes its time to commit, so that requests which come together all read before one writes. */
export const slowStore = (): Store => {
  const store = openMemory();
  return {
    ...store,
    commit: async (change) => {
      await wait(5);
      return store.commit(change);
    },
  };
};
