import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.ts';

describe('a line of CSV', () => {
  it('ends with CR LF and quotes only what has to be', () => {
    expect(csvLine(['plain', 'a,b', 'say "no"', 'two\nlines', '', null, 7, true])).toBe(
      'plain,"a,b","say ""no""","two\nlines",,,7,true\r\n',
    );
  });

  it.each(['=1+1', '+49 431', '-2+3', '@SUM(A1)', '\tx', '\uff1dA1'])('makes no formula of %j', (text) => {
    expect(csvLine([text])).toBe(`'${text}\r\n`);
  });

  it('makes no formula of text that has to be quoted', () => {
    expect(csvLine(['=HYPERLINK("https://example.com","x")'])).toBe(
      `"'=HYPERLINK(""https://example.com"",""x"")"\r\n`,
    );
    expect(csvLine(['\r=1'])).toBe(`"'\r=1"\r\n`);
  });

  it('leaves numbers below zero as they are', () => {
    expect(csvLine([-5])).toBe('-5\r\n');
  });
});
