import type { IncomingHttpHeaders } from 'node:http';
import type { DeviceProof } from '../../app/device-access.ts';
import { certificateOf } from '../../http/proxy-certificate.ts';

/**
 * All that a request shows to get in, in the order in which it is to be tried. What a proxy says of a
 * certificate counts only when the peer of the connection is trusted.
 */
export const proofsOf = (headers: IncomingHttpHeaders, peerIsTrusted: boolean): readonly DeviceProof[] => {
  const proofs = [tokenOf(headers.authorization), peerIsTrusted ? certificateOf(headers) : undefined];
  return proofs.filter((proof) => proof !== undefined);
};

const schemes = { TargetToken: 'own', GatewayToken: 'gateway' } as const;

const tokenOf = (authorization = ''): DeviceProof | undefined => {
  const [, scheme, secret] = /^(TargetToken|GatewayToken) (\S{1,256})$/.exec(authorization) ?? [];
  if (secret === undefined || (scheme !== 'TargetToken' && scheme !== 'GatewayToken')) return undefined;
  return { kind: schemes[scheme], secret };
};
