import type { FastifyBaseLogger } from 'fastify';
import { StorageFull } from '../../app/ports.ts';
import { BodyError } from './body.ts';
import { errorOf, errorOfRequest, MalformedRequest, type WireError } from './errors.ts';

type Failed = { readonly log: Pick<FastifyBaseLogger, 'error'>; readonly id: string };

/** The reply to a request of which something was thrown. What nobody expected is logged under the id of the request. */
export const failureOf = (error: unknown, { log, id }: Failed): WireError => {
  if (error instanceof MalformedRequest) return errorOfRequest(error.malformed, error.message);
  if (error instanceof BodyError) return errorOfRequest('body', error.message);
  if (error instanceof StorageFull) {
    log.error({ err: error }, 'the disk is full');
    return errorOf({ code: 'storage-full' });
  }
  log.error({ err: error }, 'request failed');
  return errorOfRequest('failed', `The server failed; request ${id} finds the cause in its log.`);
};
