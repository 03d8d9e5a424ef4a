import { describe, expect, it } from 'vitest';
import { basicCredentials } from './basic.ts';

const header = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;

describe('basic credentials', () => {
  it('end their name at the first colon', () => {
    expect(basicCredentials(header('ada@example.com:a:b'))).toEqual({
      email: 'ada@example.com',
      password: 'a:b',
    });
  });

  it('are read as UTF-8, and as Latin-1 where they are not', () => {
    for (const encoding of ['utf8', 'latin1'] as const)
      expect(basicCredentials(header('ada@example.com:Größe', encoding))?.password).toBe('Größe');
  });

  it('may have no padding, and a scheme in any case', () => {
    expect(basicCredentials(header('a@b:c').replace('Basic', 'bAsIc').replace(/=+$/, ''))).toEqual({
      email: 'a@b',
      password: 'c',
    });
  });

  it.each([undefined, '', 'Basic', 'Basic ', 'Basic %%%', 'Bearer abc', header('no colon')])(
    'are none in %j',
    (text) => {
      expect(basicCredentials(text)).toBeUndefined();
    },
  );
});
