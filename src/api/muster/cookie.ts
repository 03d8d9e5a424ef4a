import type { FastifyReply, FastifyRequest } from 'fastify';

const NAME = 'muster-session';
/** Pages of other servers cannot add a header of their own without being asked first, and they are never allowed. */
const MARK = { header: 'x-requested-with', value: 'muster' } as const;

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * The bearer secret in the cookie of a browser. What may change something needs the header too that only our own pages
 * send: a form on another page comes with the cookie where a browser does not know `SameSite`.
 */
export const secretInCookie = ({ headers, method }: FastifyRequest): string | undefined => {
  const { cookie } = headers;
  if (cookie === undefined || !(isSafe(method) || headers[MARK.header] === MARK.value)) return undefined;
  return new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]{1,256})(?:;|$)`).exec(cookie)?.[1];
};

const written = (value: string, path: string, secure: boolean, seconds: number): string =>
  `${NAME}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;

/** Where and how the cookie is kept; `secure` where the server is reached over HTTPS. */
export type CookiePlace = { readonly path: string; readonly secure: boolean };

/** Has the browser keep a secret for so many milliseconds. */
export const keepInCookie = (
  reply: FastifyReply,
  secret: string,
  { path, secure }: CookiePlace,
  milliseconds: number,
): void => {
  reply.header('set-cookie', written(secret, path, secure, Math.max(1, Math.floor(milliseconds / 1_000))));
};

/** Has the browser forget the secret. */
export const forgetCookie = (reply: FastifyReply, { path, secure }: CookiePlace): void => {
  reply.header('set-cookie', written('', path, secure, 0));
};
