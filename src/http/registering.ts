import rateLimit from '@fastify/rate-limit';
import fastJsonStringify from 'fast-json-stringify';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';

/**
 * Writes replies by their schema. Compiled at the first use: compiling all of a table would take a good part of each
 * start.
 */
export const writer = (schema: object): ((value: unknown) => string) => {
  let compiled: ((value: unknown) => string) | undefined;
  return (value) => {
    compiled ??= fastJsonStringify(schema);
    return compiled(value);
  };
};

/**
 * Counts attempts to sign in for each address: one count for all the paths and spellings of them, so that none is a
 * way around it.
 */
export const signInLimit = (app: FastifyInstance, max: number): readonly onRequestAsyncHookHandler[] => {
  const keyGenerator = ({ ip }: FastifyRequest): string => `sign-ins ${rateLimit.normalizeIP(ip)}`;
  return max === 0 ? [] : [app.rateLimit({ max, timeWindow: '1 minute', keyGenerator })];
};
