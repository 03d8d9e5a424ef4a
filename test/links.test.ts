import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const documents = await Array.fromAsync(glob(['*.md', 'docs/**/*.md'], { cwd: ROOT }));

/** What a document points to in this repository: links, pictures, and tests that it names. */
const targetsIn = (text: string): readonly string[] => {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target.split('#')[0] ?? '');
  return links.filter((target) => target !== '' && !/^[a-z]+:/.test(target));
};

const testsIn = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:test|src)\/[\w./-]+\.ts)`/g)].map(([, path = '']) => path);

describe('the documents', () => {
  it('are found', () => {
    expect(documents).toContain('README.md');
    expect(documents.length).toBeGreaterThan(20);
  });

  it.each(documents)('%s points only to what is there', async (document) => {
    const text = await readFile(join(ROOT, document), 'utf8');
    const missing = [
      ...targetsIn(text).filter((target) => !existsSync(join(ROOT, dirname(document), target))),
      ...testsIn(text).filter((path) => !existsSync(join(ROOT, path))),
    ];
    expect(missing).toEqual([]);
  });
});
