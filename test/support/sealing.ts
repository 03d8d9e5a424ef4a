import { createSealing } from '../../src/server/sealing.ts';

/** Under a key that every test knows. */
export const testSealing = createSealing([new Uint8Array(32).fill(7)]);
