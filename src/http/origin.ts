import type { FastifyRequest } from 'fastify';
import type { Asked } from '../app/audit-notes.ts';
import type { Origin, Wire } from '../app/origin.ts';

const LONGEST_AGENT = 256;

/** From where a request came; the token is for whoever checks it to fill in. */
export const originOf = (request: FastifyRequest, wire: Wire): Origin => ({
  wire,
  address: request.ip,
  agent: (request.headers['user-agent'] ?? '').slice(0, LONGEST_AGENT),
  request: request.id,
  token: null,
});

const LONGEST_PARAM = 128;

/** What a request asked for: never its query or its body, which may hold anything. */
export const askedOf = ({ method, routeOptions, params }: FastifyRequest): Asked => ({
  route: `${method} ${routeOptions.url ?? ''}`,
  params: Object.fromEntries(
    Object.entries(params ?? {}).map(([name, value]) => [name, String(value).slice(0, LONGEST_PARAM)]),
  ),
});
