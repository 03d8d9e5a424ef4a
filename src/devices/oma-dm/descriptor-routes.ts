import type { FastifyInstance, FastifyReply } from 'fastify';
import { report } from '../../app/check-in.ts';
import { type OpenedTicket, openTicket, ticketPath } from '../../app/download-ticket.ts';
import { insist } from '../../app/insist.ts';
import { cutLines } from '../../app/log-lines.ts';
import type { OmaDmDeps } from './call.ts';
import { DESCRIPTOR_TYPE, readInstallStatus, writeDescriptor } from './descriptor.ts';
import { meaningOfNotification } from './result-map.ts';
import { settle, wordsOf } from './turn.ts';

type WithTicket = { readonly Params: { readonly ticket: string } };

/** Whatever is wrong of a ticket, the answer is the same. */
const answerUnknown = (reply: FastifyReply): FastifyReply =>
  reply.code(404).header('cache-control', 'no-store').type('text/plain; charset=utf-8').send('Not found\n');

const describe = (base: string, ticket: string, { pack }: OpenedTicket): Uint8Array =>
  writeDescriptor({
    types: ['application/octet-stream'],
    size: pack.digests.size,
    objectUri: `${base}${ticketPath(ticket, pack.fileName)}`,
    installNotifyUri: `${base}/dd/${ticket}/notify`,
    name: pack.name,
    ...(pack.description !== '' && { description: pack.description.slice(0, 128) }),
    installParam: `sha256=${pack.digests.sha256}`,
  });

/** What a device says of the download that its descriptor was for; told twice it changes nothing (B2). */
const takeNotification = async (deps: OmaDmDeps, ticket: OpenedTicket, body: string): Promise<boolean> => {
  const status = readInstallStatus(body);
  if (status === undefined) return false;
  const { speaker, member } = ticket;
  const { campaign, device, update } = member;
  const meaning = meaningOfNotification(status.code);
  const failed = meaning.is === 'failed' || meaning.is === 'cancelled';
  const words = wordsOf('install-notify', failed ? 'failure' : 'success', status.code, [status.text]);
  const action = settle(meaning, words, '');
  if (action.do !== 'report') return true;
  // Of one package among several only a failure decides anything.
  const isOne = (update.packages ?? campaign.plan.packages).length === 1;
  const said = isOne || failed ? action.said : ({ type: 'note' } as const);
  const entry = { ...words, lines: cutLines(words.lines), at: deps.clock() };
  // A device may also tell the outcome in its session: whoever comes second changes nothing.
  await insist(() => report(deps, speaker, { campaign: campaign.id, device: device.id }, said, entry));
  return true;
};

/** Download descriptors and what devices say of them: `GET`, `HEAD /dd/:ticket` and `POST /dd/:ticket/notify`. */
export const descriptorRoutes = (
  app: FastifyInstance,
  deps: OmaDmDeps,
  baseOf: (request: { readonly protocol: string; readonly host: string }) => string,
): void => {
  app.route<WithTicket>({
    method: ['GET', 'HEAD'],
    url: '/dd/:ticket',
    config: { rateLimit: false },
    handler: async (request, reply) => {
      const { ticket } = request.params;
      const found = await openTicket(deps, ticket);
      if (!found.ok) return answerUnknown(reply);
      const { speaker, member } = found.value;
      deps.seen.note(speaker.account.key, member.device.key);
      const bytes = Buffer.from(describe(baseOf(request), ticket, found.value));
      reply.header('cache-control', 'no-store').type(DESCRIPTOR_TYPE).header('content-length', bytes.length);
      return request.method === 'HEAD' ? reply.send() : reply.send(bytes);
    },
  });
  app.route<WithTicket>({
    method: 'POST',
    url: '/dd/:ticket/notify',
    bodyLimit: 4_096,
    config: { rateLimit: false },
    handler: async (request, reply) => {
      const found = await openTicket(deps, request.params.ticket);
      // A ticket that is over was told of before, or came to nothing: the device need not go on telling.
      if (!found.ok) return reply.code(200).send();
      const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
      const taken = await takeNotification(deps, found.value, text);
      return taken
        ? reply.code(200).send()
        : reply.code(400).type('text/plain; charset=utf-8').send('Expected a code such as 900 Success\n');
    },
  });
};
