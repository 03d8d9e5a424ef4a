import { connect } from 'node:tls';
import type { Config } from '../config.ts';
import { type Finding, fine, problem, warning, wordsOf } from './finding.ts';

const PATIENCE = 5_000;
const DAY = 86_400_000;
const SOON = 14;

const isLocal = (host: string): boolean => /^(localhost|127\.|::1$|\[::1\])/.test(host);

/** When the certificate that is shown there ends; whether anybody trusts it is asked elsewhere. */
const endOfCertificate = (url: URL): Promise<number> =>
  new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(url.port || 443),
      servername: host,
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), PATIENCE);
    socket.on('secureConnect', () => {
      resolve(Date.parse(socket.getPeerCertificate().valid_to));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => clearTimeout(timer));
  });

const checkCertificate = async (url: URL): Promise<readonly Finding[]> => {
  if (url.protocol !== 'https:') return [];
  const check = 'certificate';
  try {
    const days = Math.floor(((await endOfCertificate(url)) - Date.now()) / DAY);
    const found = `that of ${url.host} ends in ${days} days`;
    if (days < 0) return [problem(check, `that of ${url.host} has ended`, 'renew it')];
    return [days < SOON ? warning(check, found, 'renew it') : fine(check, found)];
  } catch (error) {
    return [warning(check, `${url.host} shows none: ${wordsOf(error)}`, 'see whether the proxy runs')];
  }
};

const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? wordsOf(error.cause) : wordsOf(error);

const checkAnswer = async (url: string): Promise<Finding> => {
  try {
    const { status } = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE) });
    return status === 200
      ? fine('public URL', `${url} answers`)
      : warning(
          'public URL',
          `${url}/healthz answers ${status}`,
          'see whether MUSTER_PUBLIC_URL leads to this server',
        );
  } catch (error) {
    return warning(
      'public URL',
      `${url} does not answer: ${causeOf(error)}`,
      'nothing, if the server is stopped; else see MUSTER_PUBLIC_URL and the proxy in front',
    );
  }
};

/** Where people and devices reach the server. Listeners with pre-shared keys have no certificates. */
export const checkNetwork = async ({ http }: Config): Promise<readonly Finding[]> => {
  const { publicUrl, host } = http;
  if (publicUrl === undefined) {
    return isLocal(host)
      ? [fine('public URL', `none: only this machine reaches ${host}`)]
      : [
          warning(
            'public URL',
            'MUSTER_PUBLIC_URL is not set: links have the address that is listened on',
            'set it to the address that people and devices use',
          ),
        ];
  }
  const url = new URL(publicUrl);
  const plain =
    url.protocol === 'http:' && !isLocal(url.hostname)
      ? [
          warning(
            'public URL',
            `${publicUrl} is not encrypted`,
            'put a proxy with TLS in front, and use https',
          ),
        ]
      : [];
  return [...plain, await checkAnswer(publicUrl), ...(await checkCertificate(url))];
};
