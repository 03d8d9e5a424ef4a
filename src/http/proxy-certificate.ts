import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import type { DeviceProof } from '../app/device-access.ts';

/** Says whether a peer is one of the proxies, given as addresses and CIDR networks. */
export const trustedPeers = (networks: readonly string[]): ((address: string | undefined) => boolean) => {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => address !== undefined && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
};

type CertificateProof = Extract<DeviceProof, { readonly kind: 'certificate' }>;

/**
 * What a proxy says of the certificate of a client; only to be believed of one that is trusted.
 * hawkBit from 1.0 on says `X-Controller-Id` and `X-Authority`; before, it was the words of nginx.
 */
export const certificateOf = (headers: IncomingHttpHeaders): CertificateProof | undefined => {
  const authority = textOf(headers, 'x-authority');
  const spellings = [
    {
      deviceId: textOf(headers, 'x-controller-id'),
      authorities: authority === undefined ? numbered(headers, 'x-authority-') : listOf(authority),
    },
    { deviceId: textOf(headers, 'x-ssl-client-cn'), authorities: numbered(headers, 'x-ssl-issuer-hash-') },
  ];
  for (const { deviceId, authorities } of spellings) {
    if (deviceId !== undefined && authorities.length > 0)
      return { kind: 'certificate', deviceId, authorities };
  }
  return undefined;
};

const textOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const listOf = (text: string): readonly string[] =>
  text
    .split(/[;,]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

const MOST = 32;

/** Counts from 0 or 1 up to the first gap. */
const numbered = (headers: IncomingHttpHeaders, prefix: string): readonly string[] => {
  const first = textOf(headers, `${prefix}0`) === undefined ? 1 : 0;
  const found: string[] = [];
  for (let number = first; number < MOST; number += 1) {
    const value = textOf(headers, `${prefix}${number}`);
    if (value === undefined) break;
    found.push(value);
  }
  return found;
};
