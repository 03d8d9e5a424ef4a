import { BlockList, isIP } from 'node:net';

type Network = readonly [address: string, prefix: number];

/**
 * IPv4 networks that are not the public internet (IANA special-purpose registry), and one public address on which a
 * large provider answers its virtual machines.
 */
const notPublic4: readonly Network[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['168.63.129.16', 32],
];

/** All global unicast there is. IPv4 in other clothes (mapped, translated) is outside of it. */
const global6: readonly Network[] = [['2000::', 3]];
/** In there, but not public: protocol assignments with Teredo, documentation, and 6to4, which holds IPv4. */
const notPublic6: readonly Network[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const listOf = (networks: readonly Network[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, family);
  return list;
};

const private4 = listOf(notPublic4, 'ipv4');
const public6 = listOf(global6, 'ipv6');
const private6 = listOf(notPublic6, 'ipv6');

const isPublic = (address: string): boolean =>
  isIP(address) === 4
    ? !private4.check(address, 'ipv4')
    : public6.check(address, 'ipv6') && !private6.check(address, 'ipv6');

/** The setting that lets more in, by name, since whoever is refused has to know it. */
const SETTING = 'MUSTER_PUSH_ALLOW';

/** Decides where a message may go. */
export type Guard = {
  /** Why nobody may connect to this address, which was given as such or is one of this host. */
  readonly objectionTo: (address: string, host: string) => string | undefined;
  /** Whether a host name stands for this machine wherever it is looked up, and nobody has allowed it. */
  readonly isOwnName: (host: string) => boolean;
};

/** Lets through what is public, and the CIDR networks, addresses and host names that an operator allows. */
export const createGuard = (allow: readonly string[]): Guard => {
  const allowed = allowedNetworks(allow);
  const names = new Set(allow.map(bare));
  const isAllowed = (address: string): boolean =>
    isIP(address) === 4 ? allowed.check(address, 'ipv4') : allowed.check(address, 'ipv6');
  return {
    objectionTo: (given, host) => {
      const address = given.replace(/%.*$/, '');
      if (names.has(bare(host)) || isPublic(address) || isAllowed(address)) return undefined;
      const of = bare(host) === address ? '' : ` of ${host}`;
      return `the address ${address}${of} is not public; only ${SETTING} can allow it`;
    },
    isOwnName: (host) => !names.has(bare(host)) && /^(.+\.)?localhost$/.test(bare(host)),
  };
};

/** Without brackets, the dot of the root, and the case. */
const bare = (host: string): string => host.replace(/^\[|\]$|\.$/g, '').toLowerCase();

const allowedNetworks = (allow: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const item of allow) {
    const [address = '', prefix] = item.split('/');
    const version = isIP(address);
    if (version === 0) continue;
    const [family, bits] = version === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const);
    list.addSubnet(address, prefix === undefined ? bits : Number(prefix), family);
  }
  return list;
};
