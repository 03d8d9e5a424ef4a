import { describe, expect, it } from 'vitest';
import {
  booleanAt,
  bytesAt,
  type Content,
  decodeContent,
  encodeContent,
  floatAt,
  integerAt,
  linkAt,
  textAt,
} from './content.ts';
import { contentFormats } from './content-format.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/[^0-9a-f]/gi, ''), 'hex');

const read = (format: number | undefined, payload: Uint8Array, path: string, root = ''): Content => {
  const content = decodeContent(format, payload, path, root);
  if (!content.ok) throw new Error(JSON.stringify(content.refusal));
  return content.value;
};

const { tlv, senmlCbor } = contentFormats;

describe('what is written', () => {
  const integer = { path: '/5/0/11', value: { kind: 'integer', number: 2 } } as const;
  const uri = { path: '/5/0/1', value: { kind: 'text', text: 'coap://a/b' } } as const;

  it('is text or bytes for one resource', () => {
    expect(encodeContent(0, '/5/0/1', [uri])).toEqual({ ok: true, value: Buffer.from('coap://a/b') });
    expect(encodeContent(0, '/5/0/11', [integer])).toEqual({ ok: true, value: Buffer.from('2') });
    const value = { kind: 'opaque', bytes: hex('00') } as const;
    expect(encodeContent(42, '/5/0/0', [{ path: '/5/0/0', value }])).toEqual({ ok: true, value: hex('00') });
  });

  it('is refused where a format cannot say it', () => {
    expect(encodeContent(0, '/5/0/1', [integer]).ok).toBe(false);
    expect(encodeContent(0, '/5/0', [uri, integer]).ok).toBe(false);
    expect(encodeContent(42, '/5/0/1', [uri]).ok).toBe(false);
    expect(encodeContent(11542, '/9/0', [uri]).ok).toBe(false);
    expect(encodeContent(11542, '/5/0', [uri, uri]).ok).toBe(false);
    expect(encodeContent(11542, '/', [uri]).ok).toBe(false);
  });

  it.each(['/5/0', '/5'])('in TLV to %s is read back', (path) => {
    const written = encodeContent(11542, path, [integer, uri]);
    const content = read(tlv, written.ok ? written.value : hex(''), path);
    expect(integerAt(content, '/5/0/11')).toBe(2);
    expect(textAt(content, '/5/0/1')).toBe('coap://a/b');
  });

  it('in TLV has the instances of a multiple resource inside it', () => {
    const of = (path: string, number: number) => ({ path, value: { kind: 'integer', number } }) as const;
    const entries = [of('/5/0/8/1', 1), of('/5/0/8/0', 0), of('/5/0/3', -300)];
    expect(encodeContent(11542, '/5/0', entries)).toEqual({
      ok: true,
      value: hex('c203fed4 8608 410000 410101'),
    });
    expect(encodeContent(11542, '/5/0/8/1', [of('/5/0/8/1', 1)])).toEqual({ ok: true, value: hex('410101') });
  });

  it('in SenML CBOR is read back, all kinds of values', () => {
    const entries = [
      integer,
      uri,
      { path: '/9/0/12', value: { kind: 'boolean', boolean: true } },
      { path: '/9/0/2', value: { kind: 'opaque', bytes: hex('0001') } },
      { path: '/9/0/17', value: { kind: 'link', object: 5, instance: 0 } },
      { path: '/3/0/7', value: { kind: 'float', number: 1.1 } },
    ] as const;
    const written = encodeContent(112, '/', entries);
    const content = read(senmlCbor, written.ok ? written.value : hex(''), '/');
    expect(integerAt(content, '/5/0/11')).toBe(2);
    expect(textAt(content, '/5/0/1')).toBe('coap://a/b');
    expect(booleanAt(content, '/9/0/12')).toBe(true);
    expect(bytesAt(content, '/9/0/2')).toEqual(hex('0001'));
    expect(linkAt(content, '/9/0/17')).toEqual({ object: 5, instance: 0 });
    expect(floatAt(content, '/3/0/7')).toBe(1.1);
  });
});
