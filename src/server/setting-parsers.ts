import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { ok, type Result, refused } from '../domain/result.ts';
import { HOUR, MINUTE, SECOND } from '../domain/time.ts';
import { readSecretsKey } from './sealing.ts';

/** Reads one setting from its text; a refusal says what was expected. */
export type Parser<T> = (text: string) => Result<T, string>;

const KIB = 1024;
const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, k: KIB, m: KIB ** 2, g: KIB ** 3 };
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR };

type Range = { readonly min: number; readonly max: number };

const within = (value: number, { min, max }: Range): boolean => value >= min && value <= max;

/** A whole number. */
export const wholeNumber =
  (range: Range): Parser<number> =>
  (text) =>
    /^\d+$/.test(text) && within(Number(text), range)
      ? ok(Number(text))
      : refused(`a whole number from ${range.min} to ${range.max}`);

const scaled = (text: string, units: Readonly<Record<string, number>>): number => {
  const [, digits, unit] = /^(\d+)([a-z]*)$/.exec(text.toLowerCase()) ?? [];
  return Number(digits) * (units[unit ?? ''] ?? Number.NaN);
};

/** Bytes, from `4096`, `10k`, `5m` or `2g` (powers of 1024). */
export const size =
  (minimum: number): Parser<number> =>
  (text) => {
    const bytes = scaled(text, SIZE_UNITS);
    return within(bytes, { min: minimum, max: Number.MAX_SAFE_INTEGER })
      ? ok(bytes)
      : refused(`a size of at least ${minimum} bytes such as 10k, 5m or 2g`);
  };

/** Milliseconds, from `500ms`, `60s`, `15m` or `12h`; `least` and `most` are written the same way. */
export const duration =
  (least: string, most: string): Parser<number> =>
  (text) => {
    const range = { min: scaled(least, DURATION_UNITS), max: scaled(most, DURATION_UNITS) };
    const milliseconds = scaled(text, DURATION_UNITS);
    return within(milliseconds, range)
      ? ok(milliseconds)
      : refused(`a duration from ${least} to ${most}, with its unit: ms, s, m or h`);
  };

export const oneOf =
  <T extends string>(words: readonly T[]): Parser<T> =>
  (text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined ? refused(`one of ${words.join(', ')}`) : ok(word);
  };

/** Some of the words, each once, separated by commas. */
export const someOf =
  <T extends string>(words: readonly T[]): Parser<readonly T[]> =>
  (text) => {
    const items = new Set(listed(text));
    const chosen = words.filter((word) => items.has(word));
    return chosen.length === items.size ? ok(chosen) : refused(`some of ${words.join(', ')}`);
  };

/** A bucket or a region. */
export const bucketName: Parser<string> = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(text)
    ? ok(text)
    : refused('letters, digits, dots and hyphens, at least two');

/** What keys of objects begin with; a slash ends it. */
export const keyPrefix: Parser<string> = (text) =>
  /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*\/?$/.test(text)
    ? ok(text.endsWith('/') ? text : `${text}/`)
    : refused('a path of letters, digits, dots, hyphens and underscores such as muster/');

/** A secret is taken as it comes, spaces included. */
export const secret =
  (minimum: number): Parser<string> =>
  (text) =>
    [...text].length >= minimum ? ok(text) : refused(`at least ${minimum} characters`);

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Keys of 32 bytes in base64, separated by commas, as they came. */
export const secretsKeys: Parser<readonly string[]> = (text) => {
  const keys = listed(text);
  return keys.length > 0 && keys.every((key) => readSecretsKey(key) !== undefined)
    ? ok(keys)
    : refused(
        'the base64 of 32 bytes, such as `openssl rand -base64 32` prints; several separated by commas',
      );
};

export const directory: Parser<string> = (text) => ok(resolve(text));

export const email: Parser<string> = (text) =>
  /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 254 ? ok(text) : refused('an e-mail address');

export const host: Parser<string> = (text) =>
  isIP(text) > 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
    ? ok(text)
    : refused('an IP address or a host name, without port or brackets');

/** An absolute http or https URL; slashes at the end are dropped so that paths can be appended. */
export const webUrl: Parser<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  return plain && /^https?:$/.test(url.protocol)
    ? ok(url.href.replace(/\/+$/, ''))
    : refused('an http:// or https:// URL without user name, query or fragment');
};

/** An http or https URL, in whose path and query names in braces stand for text. */
export const urlTemplate: Parser<string> = (text) => {
  const sample = text.replaceAll(/\{[a-z]+\}/g, 'x');
  const url = URL.canParse(sample) ? new URL(sample) : undefined;
  const isPlain = url && !url.username && !url.password && !url.hash && !/[{}]/.test(sample);
  const hasFixedHost = /^https?:\/\/[^/?{}]+(?:[/?]|$)/.test(text);
  return isPlain && hasFixedHost
    ? ok(text)
    : refused('an http:// or https:// URL with {names} in its path or query only');
};

export const postgresUrl: Parser<string> = (text) =>
  /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
    ? ok(text)
    : refused('a postgres:// or postgresql:// URL');

const isNetwork = (text: string): boolean => {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
};

/** IP addresses and CIDR networks, separated by commas. */
export const networks: Parser<readonly string[]> = (text) => {
  const items = listed(text);
  return items.every(isNetwork) ? ok(items) : refused('IP addresses or CIDR networks, separated by commas');
};

/** The same with host names among them; what ends like an address is meant to be one. */
export const networksAndHosts: Parser<readonly string[]> = (text) => {
  const items = listed(text);
  const isHost = (item: string): boolean => host(item).ok && !/(^|\.)\d+$/.test(item);
  return items.every((item) => isNetwork(item) || isHost(item))
    ? ok(items)
    : refused('IP addresses, CIDR networks or host names, separated by commas');
};

/** An address with its port, IPv6 in brackets: `0.0.0.0:5683` or `[::]:5683`. Port 0 takes a free one. */
export const addressAndPort: Parser<{ readonly host: string; readonly port: number }> = (text) => {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const port = Number(digits);
  return host(address).ok && (bracketed === undefined || isIP(address) === 6) && port <= 65_535
    ? ok({ host: address, port })
    : refused('an address and a port such as 0.0.0.0:5683 or [::]:5683');
};

/** The id of an account. */
export const accountId: Parser<string> = (text) =>
  /^[^\s/]{1,128}$/.test(text) ? ok(text) : refused('the id of an account');
