import { createSocket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { Push } from '../../app/push-ports.ts';
import type { StoredDevice } from '../../app/records.ts';
import { trustedPeers } from '../../http/proxy-certificate.ts';

/** A way to bring a trigger to a device. */
export type TriggerSender = {
  readonly name: string;
  /** Where the device is for this sender; `undefined` when it is nowhere. */
  readonly addressOf: (device: Pick<StoredDevice, 'attributes'>) => string | undefined;
  /** Sends once; answers what went wrong. Nobody tells whether it arrived. */
  readonly send: (address: string, push: Uint8Array) => Promise<string | undefined>;
};

const textIn = ({ attributes }: Pick<StoredDevice, 'attributes'>, name: string): string | undefined => {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return value === undefined || value === '' ? undefined : `${value}`.trim();
};

/** Of connectionless WSP. */
const PUSH_PORT = 2_948;

/** By UDP to the device's attribute `dm.address`, an IP address within the networks that are allowed. */
export const udpSender = (networks: readonly string[], port = PUSH_PORT): TriggerSender => {
  const isAllowed = trustedPeers(networks);
  return {
    name: 'udp',
    addressOf: (device) => {
      const address = textIn(device, 'dm.address');
      return address !== undefined && isIP(address) !== 0 && isAllowed(address) ? address : undefined;
    },
    send: (address, push) =>
      new Promise((resolve) => {
        const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
        const done = (error: Error | null): void => {
          socket.close();
          resolve(error?.message);
        };
        socket.once('error', done);
        socket.send(push, port, address, done);
      }),
  };
};

/** User data header of an SMS for the push port: destination 2948, source 9200. */
const UDH = '0605040B8423F0';
const TIMEOUT = 10_000;

/** By an SMS gateway to the device's attribute `dm.number`, through the guard that keeps us out of our own network. */
export const smsSender = (
  push: Pick<Push, 'check' | 'send'>,
  { url: template, token }: { readonly url: string; readonly token?: string },
): TriggerSender => ({
  name: 'sms',
  addressOf: (device) => {
    const number = textIn(device, 'dm.number');
    return number !== undefined && /^\+?\d{3,20}$/.test(number) ? number : undefined;
  },
  send: async (number, trigger) => {
    const data = Buffer.from(trigger).toString('hex').toUpperCase();
    const words: Readonly<Record<string, string>> = { number, udh: UDH, data };
    const filled = template.replaceAll(/\{([a-z]+)\}/g, (_, name: string) =>
      encodeURIComponent(words[name] ?? ''),
    );
    const url = push.check({ url: filled, trust: '' });
    if (!url.ok) return `the SMS gateway's URL: expected ${url.refusal.expected}`;
    const pushed = await push.send({
      ...{ url: url.value, headers: { 'content-type': 'application/json' }, trust: '', timeout: TIMEOUT },
      authentication: token === undefined ? { kind: 'none' } : { kind: 'bearer', token },
      body: JSON.stringify(words),
    });
    if ('problem' in pushed) return pushed.problem;
    return pushed.status < 300 ? undefined : `the SMS gateway answered ${pushed.status}`;
  },
});
