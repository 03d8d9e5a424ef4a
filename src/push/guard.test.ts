import { describe, expect, it } from 'vitest';
import { createGuard } from './guard.ts';

const nothing = createGuard([]);
const refuses = (address: string, guard = nothing, host = address): boolean =>
  guard.objectionTo(address, host) !== undefined;

describe('an address that is not public', () => {
  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '127.0.0.1'],
    ...['127.255.255.254', '169.254.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8'],
    ...['192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.7'],
    ...['203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
    ...['::', '::1', '::2', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:8.8.8.8'],
    ...['::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::1', '100::1', '2001::1'],
    ...['2001:0:4136:e378:8000:63bf:3fff:fdd2', '2001:2::1', '2001:10::1', '2001:20::1', '2001:db8::1'],
    ...['2002:7f00:1::', '2002:808:808::1', '3fff::1', '5f00::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1'],
    ...['fe80::1%eth0', 'fec0::1', 'ff02::1', 'FD12:3456:789A::1'],
  ])('%s is refused', (address) => {
    expect(refuses(address)).toBe(true);
  });

  it('is named when it is refused, with its host and the setting that would allow it', () => {
    expect(nothing.objectionTo('10.1.2.3', 'hooks.example.com')).toBe(
      'the address 10.1.2.3 of hooks.example.com is not public; only MUSTER_PUSH_ALLOW can allow it',
    );
    expect(nothing.objectionTo('::1', '[::1]')).toBe(
      'the address ::1 is not public; only MUSTER_PUSH_ALLOW can allow it',
    );
  });
});

describe('an address that is public', () => {
  it.each([
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
    ],
    ...['128.0.0.1', '169.253.255.255', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'],
    ...['198.17.255.255', '198.20.0.0', '223.255.255.255', '2001:4860:4860::8888', '2606:4700::1111'],
    ...['2001:200::1', '2003::1', '3ffe::1', '2a00:1450:4001::1'],
  ])('%s is let through', (address) => {
    expect(refuses(address)).toBe(false);
  });
});

describe('what an operator allows', () => {
  const guard = createGuard(['10.1.0.0/16', '192.168.7.7', 'fd00:1::/32', '::1', 'Hooks.Internal', 'db.']);

  it.each(['10.1.0.1', '10.1.255.255', '192.168.7.7', 'fd00:1::5', '::1'])('lets %s through', (address) => {
    expect(refuses(address, guard)).toBe(false);
  });

  it.each(['10.2.0.1', '192.168.7.8', 'fd00:2::5', '::2', '127.0.0.1', '169.254.169.254'])(
    'lets %s through no more than before',
    (address) => {
      expect(refuses(address, guard)).toBe(true);
    },
  );

  it('lets a host through by its name, wherever it is, and no other host at its address', () => {
    for (const host of ['hooks.internal', 'HOOKS.INTERNAL', 'hooks.internal.', 'db']) {
      expect(refuses('10.9.9.9', guard, host), host).toBe(false);
    }
    for (const host of ['hooks.internal.example.com', 'x.hooks.internal', 'internal', '']) {
      expect(refuses('10.9.9.9', guard, host), host).toBe(true);
    }
  });
});

describe('a name for this machine', () => {
  it.each(['localhost', 'LOCALHOST', 'localhost.', 'app.localhost'])('is %s', (host) => {
    expect(nothing.isOwnName(host)).toBe(true);
  });

  it.each(['localhost.example.com', 'mylocalhost', 'example.com'])('is not %s', (host) => {
    expect(nothing.isOwnName(host)).toBe(false);
  });

  it('is none once it is allowed', () => {
    expect(createGuard(['localhost']).isOwnName('localhost')).toBe(false);
  });
});
