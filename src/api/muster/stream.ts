import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Live } from '../../app/live.ts';
import type { NamedEvent, Progress } from '../../app/live-feed.ts';
import type { Line, LiveMessage } from '../../app/live-follower.ts';
import { viewOf } from '../../app/live-view.ts';
import type { Store } from '../../app/ports.ts';
import type { Principal } from '../../app/sign-in.ts';
import type { RefusalOf } from '../../domain/refusal.ts';
import { ok, type Result, refused, unreachable } from '../../domain/result.ts';
import type { StreamedEvent, streamRoutes } from '../../wire/muster/stream.ts';
import type { Handlers } from './call.ts';
import { toCounts } from './campaign-map.ts';
import { toEvent } from './events.ts';
import type { Authenticate } from './register.ts';

type Deps = { readonly store: Store; readonly live: Pick<Live, 'follow'> };

const toStreamed = ({ event, campaign, device }: NamedEvent): StreamedEvent => ({
  ...toEvent(event),
  campaign,
  device,
});

const eventTexts = new WeakMap<NamedEvent, string>();
const progressTexts = new WeakMap<Progress, string>();

/** Many streams tell the same: its text is made once. */
const once = <Value extends object>(
  texts: WeakMap<Value, string>,
  value: Value,
  show: (value: Value) => unknown,
): string => {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(show(value));
  texts.set(value, text);
  return text;
};

const toProgress = ({ campaign, counts }: Progress) => ({
  campaign: campaign.id,
  status: campaign.status,
  counts: toCounts(counts),
});

const dataOf = (message: LiveMessage): string => {
  switch (message.kind) {
    case 'events':
      return `{"events":[${message.events.map((event) => once(eventTexts, event, toStreamed)).join(',')}]}`;
    case 'progress':
      return once(progressTexts, message.progress, toProgress);
    case 'reset':
      return JSON.stringify({ seq: message.resume });
    default:
      return unreachable(message);
  }
};

const nameOf = { events: 'events', progress: 'campaign-progress', reset: 'reset' } as const;

/** A message as WHATWG HTML, 9.2.6, has it; JSON has no line breaks. */
const toText = (message: LiveMessage): string =>
  `event: ${nameOf[message.kind]}\nid: ${message.resume}\ndata: ${dataOf(message)}\n\n`;

/** A block without data is no message, but its id counts: a client that comes again goes on there. */
const toBeat = (resume: number): string => `id: ${resume}\n\n`;

const lineOver = (raw: ServerResponse): Line => ({
  ready: () => !raw.writableNeedDrain,
  send: (message) => void raw.write(toText(message)),
  beat: (resume) => void raw.write(toBeat(resume)),
  end: () => raw.end(),
  drop: () => raw.destroy(),
});

const resumeOf = ({ headers }: FastifyRequest): Result<number | undefined, RefusalOf<'invalid'>> => {
  const text = headers['last-event-id'];
  if (text === undefined || text === '') return ok(undefined);
  return typeof text === 'string' && /^\d{1,15}$/.test(text)
    ? ok(Number(text))
    : refused({
        code: 'invalid',
        field: 'Last-Event-ID',
        expected: 'the id of a message of this stream',
        got: JSON.stringify(text).slice(0, 80),
      });
};

/** Milliseconds after which a client that was cut off comes again. */
const RETRY = 2_000;

const begin = (reply: FastifyReply): ServerResponse => {
  reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform')
    // A proxy that gathers replies would hold back every message.
    .header('x-accel-buffering', 'no')
    .hijack();
  const { raw } = reply;
  raw.writeHead(200, reply.getHeaders() as Record<string, string>);
  raw.write(`retry: ${RETRY}\n\n`);
  return raw;
};

const sameRights = (a: Principal, b: Principal): boolean =>
  a.account.key === b.account.key &&
  (['View Campaign', 'View Device'] as const).every(
    (permission) => a.permissions.has(permission) === b.permissions.has(permission),
  );

export const streamHandlers = (
  { store, live }: Deps,
  authenticate: Authenticate,
): Handlers<typeof streamRoutes> => ({
  openStream: async ({ caller, query, request, reply }) => {
    const after = resumeOf(request);
    if (!after.ok) return after;
    const view = await viewOf(store, caller, query);
    if (!view.ok) return view;
    const check = async (): Promise<boolean> => {
      const now = await authenticate(request);
      return now.ok && sameRights(now.value, caller);
    };
    const raw = begin(reply);
    const gone = Promise.withResolvers<void>();
    raw.once('close', gone.resolve);
    try {
      const following = { account: caller.account.key, view: view.value, after: after.value, check };
      const leave = await live.follow(following, lineOver(raw));
      void gone.promise.then(leave);
    } catch {
      // The client comes again and goes on where it was.
      raw.destroy();
    }
    return ok(undefined);
  },
});
