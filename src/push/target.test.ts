import { describe, expect, it } from 'vitest';
import { createGuard } from './guard.ts';
import { checkTarget } from './target.ts';

const check = checkTarget(createGuard([]));
const urlCheck = (url: string) => check({ url, trust: '' });

describe('a URL', () => {
  it.each([
    ['https://hooks.example.com', 'https://hooks.example.com/'],
    ['HTTPS://Hooks.Example.COM:443/a b?c=ü', 'https://hooks.example.com/a%20b?c=%C3%BC'],
    ['http://8.8.8.8:8080/x', 'http://8.8.8.8:8080/x'],
    ['http://134744072/', 'http://8.8.8.8/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('such as %s is taken in its normal form', (url, normal) => {
    expect(urlCheck(url)).toEqual({ ok: true, value: normal });
  });

  it.each([
    ...[
      '',
      'hooks.example.com',
      '//hooks.example.com',
      '/hook',
      'ftp://hooks.example.com/',
      'file:///etc/passwd',
    ],
    ...[
      'javascript:alert(1)',
      'https://',
      'https:// /',
      'https://exa mple.com/',
      'http://1.2.3.4.5.6.7.8:99999/',
    ],
    `https://hooks.example.com/${'x'.repeat(2_048)}`,
  ])('such as "%.40s" is none', (url) => {
    expect(urlCheck(url)).toMatchObject({
      ok: false,
      refusal: { field: 'url', expected: expect.stringContaining('http:// or https:// URL') },
    });
  });

  it.each([
    'https://me@hooks.example.com/',
    'https://me:pw@hooks.example.com/',
    'https://hooks.example.com/#x',
  ])('%s holds what does not belong there', (url) => {
    expect(urlCheck(url)).toMatchObject({ ok: false, refusal: { field: 'url' } });
  });

  it.each([
    ...['http://127.0.0.1/', 'http://127.1/', 'http://0/', 'http://2130706433/', 'http://0x7f000001/'],
    ...[
      'http://0x7f.1/',
      'http://0177.0.0.1/',
      'http://017700000001/',
      'http://127.0.0.1./',
      'http://１２７.0.0.1/',
    ],
    ...['http://[::]/', 'http://[::1]/', 'http://[0:0:0:0:0:0:0:1]/', 'http://[::ffff:127.0.0.1]/'],
    ...[
      'http://[::ffff:7f00:1]/',
      'http://[64:ff9b::127.0.0.1]/',
      'http://[2002:7f00:1::]/',
      'http://[fe80::1]/',
    ],
    ...['http://169.254.169.254/latest/meta-data/', 'http://0xa9fea9fe/', 'http://[fd00:ec2::254]/'],
    ...[
      'http://10.0.0.1/',
      'http://192.168.1.1/',
      'http://172.16.0.1/',
      'http://100.64.0.1/',
      'http://224.0.0.1/',
    ],
    ...['http://localhost/', 'http://LOCALHOST:8080/', 'http://localhost./', 'http://x.localhost/'],
  ])('that leads inside, such as %s, is refused in any spelling', (url) => {
    expect(urlCheck(url)).toMatchObject({
      ok: false,
      refusal: { field: 'url', expected: expect.stringContaining('MUSTER_PUSH_ALLOW') },
    });
  });
});

const pem = `-----BEGIN CERTIFICATE-----
MIIBijCCATGgAwIBAgIUEjJKZ8nDAD
-----END CERTIFICATE-----
`;

describe('trust', () => {
  it.each([
    ['text', 'trust me'],
    ['a certificate that is none', pem],
    ['a key', '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----'],
  ])('of %s is refused', (_, trust) => {
    expect(check({ url: 'https://hooks.example.com/', trust })).toEqual({
      ok: false,
      refusal: { field: 'trust', expected: 'certificates in PEM form' },
    });
  });
});
