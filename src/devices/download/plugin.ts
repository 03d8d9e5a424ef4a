import type {} from '@fastify/rate-limit'; // declares what a route says about its limit
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Blobs, Redirects } from '../../app/blobs.ts';
import { type OpenedTicket, openTicket } from '../../app/download-ticket.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { OpenedPackage } from '../../app/packages.ts';
import type { Clock, Hashing, Store } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import type { TransferMeter } from '../../app/transfer-meter.ts';
import { sendBytes, sendElsewhere, sendHead } from '../../http/download.ts';

export type DownloadDeps = {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly redirects: Redirects;
  readonly clock: Clock;
  readonly hashing: Pick<Hashing, 'hmacSha256' | 'equal'>;
  readonly sealing: Pick<Sealing, 'derive'>;
  readonly seen: Pick<LastSeen, 'note'>;
  readonly meter: TransferMeter;
};

/** Whatever is wrong of a ticket, the answer is the same to the byte. */
const answerUnknown = (reply: FastifyReply): FastifyReply =>
  reply.code(404).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send('Not found\n');

const refuseRange = (reply: FastifyReply, detail: string): void =>
  void reply.code(416).type('text/plain; charset=utf-8').send(`${detail}\n`);

/** The bytes as devices get them: for what they are nobody asks, and what goes out is counted. */
const forDevice = (meter: TransferMeter, ticket: OpenedTicket): OpenedPackage => {
  const { pack, pour, link } = ticket.opened;
  return {
    ...ticket.opened,
    pack: { ...pack, contentType: 'application/octet-stream' },
    link: async (as) => {
      const url = await link(as);
      if (url !== undefined) meter.elsewhere(ticket);
      return url;
    },
    pour: (range, take) => {
      if (range === undefined) meter.again(ticket);
      let start = range?.start ?? 0;
      return pour(range, async (piece) => {
        await take(piece);
        const end = start + piece.length;
        meter.note(ticket, { start, end });
        start = end;
      });
    },
  };
};

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

/**
 * Digests for clients older than RFC 9530: `Digest` is of the whole also where a part is sent (RFC 3230, 4.3.2), and
 * `Content-MD5` of what is sent (RFC 2616, 14.15), so that it goes with the whole alone.
 */
const withOldDigests = (
  request: FastifyRequest,
  reply: FastifyReply,
  { digests }: OpenedTicket['pack'],
): void => {
  reply.header('digest', `SHA-256=${base64(digests.sha256)}`);
  const conditions = ['range', 'if-none-match', 'if-modified-since'];
  if (conditions.every((name) => request.headers[name] === undefined))
    reply.header('content-md5', base64(digests.md5));
};

/** Package bytes by ticket, for every protocol whose devices are told a URL: `GET` and `HEAD /dl/:ticket/:name`. */
export const downloads =
  (deps: DownloadDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    const { seen, meter } = deps;
    app.addHook('onClose', () => meter.flush());
    app.setNotFoundHandler((_, reply) => answerUnknown(reply));
    app.route<{ Params: { readonly ticket: string } }>({
      method: ['GET', 'HEAD'],
      // The name is for the device alone, which may have to see an extension.
      url: '/:ticket/:name',
      // Nobody guesses a ticket, and whole fleets fetch from one address.
      config: { rateLimit: false },
      handler: async (request, reply) => {
        const found = await openTicket(deps, request.params.ticket);
        if (!found.ok) return answerUnknown(reply);
        const ticket = found.value;
        const { speaker, member, pack } = ticket;
        seen.note(speaker.account.key, member.device.key);
        withOldDigests(request, reply, pack);
        const bytes = forDevice(meter, ticket);
        const led = { ...deps, whose: member.device.protocol };
        if (request.method === 'HEAD') sendHead(request, reply, bytes);
        else if (!(await sendElsewhere(request, reply, bytes, led)))
          sendBytes(request, reply, bytes, refuseRange);
        return reply;
      },
    });
  };
