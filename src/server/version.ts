import { readFileSync } from 'node:fs';

const { version: found }: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** Of this server, as its package says. */
export const version = found;
