import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { serverArgs } from './server-args.ts';

it('has a server started as `npm start` starts it', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const shown = serverArgs.map((arg) =>
    arg.startsWith(root) ? relative(root, arg).replaceAll('\\', '/') : arg,
  );
  expect(scripts.start).toBe(['node', ...shown].join(' '));
});
