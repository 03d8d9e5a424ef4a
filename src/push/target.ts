import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Push } from '../app/push-ports.ts';
import { ok, refused } from '../domain/result.ts';
import type { Guard } from './guard.ts';

const LONGEST_URL = 2_048;
const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads where messages are to go, as the URL parser does that also sends them there: addresses in other spellings
 * come out in the usual one.
 */
export const checkTarget =
  (guard: Guard): Push['check'] =>
  ({ url: text, trust }) => {
    const wrong = (field: 'url' | 'trust', expected: string) => refused({ field, expected } as const);
    const url = text.length <= LONGEST_URL && URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
      return wrong('url', `an http:// or https:// URL of at most ${LONGEST_URL} characters`);
    }
    if (url.username !== '' || url.password !== '' || url.hash !== '') {
      return wrong('url', 'no user name, password or fragment in it; a password goes into authentication');
    }
    const objection = objectionTo(guard, url.hostname);
    if (objection !== undefined) return wrong('url', `a public host: ${objection}`);
    if (trust !== '' && !isPem(trust)) return wrong('trust', 'certificates in PEM form');
    return ok(url.href);
  };

const objectionTo = (guard: Guard, hostname: string): string | undefined => {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return guard.objectionTo(host, host);
  return guard.isOwnName(host) ? guard.objectionTo('127.0.0.1', host) : undefined;
};

const isPem = (text: string): boolean => {
  const found = text.match(certificate) ?? [];
  return found.length > 0 && text.replaceAll(certificate, '').trim() === '' && found.every(isCertificate);
};

const isCertificate = (pem: string): boolean => {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
};
