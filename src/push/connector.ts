import { isIP } from 'node:net';
import type { buildConnector } from 'undici';
import type { Guard } from './guard.ts';

/** The addresses of a host name; throws when there are none. */
export type Resolve = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** A connection that was not made, and why. */
export class ConnectionRefused extends Error {}

type Build = typeof buildConnector;
type Connector = ReturnType<Build>;
type Callback = Parameters<Connector>[1];

const CONNECT_TIMEOUT = 10_000;

/**
 * Makes connections to what the guard lets through. Names are looked up for each connection, and it is made to just
 * the addresses that were checked: a name that points elsewhere a moment later gains nothing.
 */
export const guardedConnector = (build: Build, guard: Guard, resolve: Resolve, trust: string): Connector => {
  const connect = build({
    allowH2: false,
    timeout: CONNECT_TIMEOUT,
    rejectUnauthorized: true,
    lookup: (host, options, callback) => {
      checkedAddresses(guard, resolve, host).then(
        (found) => {
          const [first] = found;
          if (options.all === true) callback(null, [...found]);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: Error) => callback(error, []),
      );
    },
    // A certificate that is trusted by itself need not have been signed by itself.
    ...(trust === '' ? {} : { ca: trust, allowPartialTrustChain: true }),
  });
  return (options, callback: Callback) => {
    // An address is never looked up, so the check above would not see it.
    const { hostname } = options;
    const objection = isIP(hostname) === 0 ? undefined : guard.objectionTo(hostname, hostname);
    if (objection === undefined) connect(options, callback);
    else process.nextTick(callback, new ConnectionRefused(objection), null);
  };
};

/** All addresses of a name; none when any of them is refused, since which one is taken is up to chance. */
const checkedAddresses = async (guard: Guard, resolve: Resolve, host: string) => {
  const found = await resolve(host);
  for (const { address } of found) {
    const objection = guard.objectionTo(address, host);
    if (objection !== undefined) throw new ConnectionRefused(objection);
  }
  return found;
};
