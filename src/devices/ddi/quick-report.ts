import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { Proven } from '../../app/device-access.ts';
import type { EndSoon } from '../../http/end-together.ts';
import { trustedPeers } from '../../http/proxy-certificate.ts';
import { proofsOf } from './auth.ts';
import { parseBody } from './body.ts';
import { deploymentFeedback } from './deployment.ts';
import { errorOf, type WireError } from './errors.ts';
import { failureOf } from './failure.ts';
import type { DdiDeps, Told } from './visit.ts';

type Deps = DdiDeps & {
  readonly log: FastifyBaseLogger;
  /** What every reply says, by turns of name and value. */
  readonly headers: readonly string[];
  /** The id of another request. */
  readonly nextId: () => string;
  readonly endSoon: EndSoon;
  /** Is told of each answer: its status, and the seconds it took. */
  readonly note: (status: number, seconds: number) => void;
};

export type QuickReports = {
  /** Answers feedback on a deployment, or calls `otherwise` for whatever else it is, of which nothing was read. */
  readonly answer: (request: IncomingMessage, response: ServerResponse, otherwise: () => void) => void;
};

type Asked = {
  readonly at: { readonly account: string; readonly device: string; readonly protocol: 'ddi' };
  readonly params: Told['params'];
  /** Of the body, in bytes. */
  readonly length: number;
};

/** Names that stand for themselves, and ids that are numbers. */
const form = /^\/([\w.:~-]{1,256})\/controller\/v1\/([\w.:~-]{1,256})\/deploymentBase\/(\d{1,19})\/feedback$/;
const json = /^application\/json *(?:;|$)/i;
/** As much as Node reads at once. */
const LARGEST = 64 << 10;

const askedBy = ({ method, url = '', headers }: IncomingMessage): Asked | undefined => {
  if (method !== 'POST' || !url.endsWith('/feedback')) return undefined;
  const length = Number(headers['content-length'] ?? 0);
  if (length < 1 || length > LARGEST || !json.test(headers['content-type'] ?? '')) return undefined;
  const [, account, device, actionId] = form.exec(url) ?? [];
  if (account === undefined || device === undefined || actionId === undefined) return undefined;
  return { at: { account, device, protocol: 'ddi' }, params: { actionId }, length };
};

/**
 * Feedback on deployments, by far the most that devices say, past the routes: it goes to the same use case by the same
 * reader. Only what has come whole with its head is taken; deadlines and limits are for the routes to keep.
 */
export const createQuickReports = (deps: Deps): QuickReports => {
  const { admit, seen, log, note } = deps;
  const isTrusted = trustedPeers(deps.trustedProxies);
  const takeFeedback = deploymentFeedback(deps);
  const send = senderOf(deps);

  const enter = async ({ headers, socket }: IncomingMessage, { at }: Asked): Promise<Proven | undefined> => {
    for (const proof of proofsOf(headers, isTrusted(socket.remoteAddress))) {
      const found = await admit(at, proof);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const take = async (who: Proven, { params }: Asked, bytes: Uint8Array): Promise<WireError | undefined> => {
    try {
      const taken = await takeFeedback({ ...who, params, body: parseBody(bytes), log });
      return taken.ok ? undefined : errorOf(taken.refusal);
    } catch (error) {
      return failureOf(error, { log, id: deps.nextId() });
    }
  };

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    asked: Asked,
    otherwise: () => void,
  ): Promise<void> => {
    const began = performance.now();
    // Whoever is not let in, or fails to be, is told so by the routes.
    const who = await enter(request, asked).catch(() => undefined);
    if (who === undefined) return otherwise();
    seen.note(who.speaker.account.key, who.device.key);
    const problem = await take(who, asked, request.read());
    send(response, problem);
    note(problem?.status ?? 200, (performance.now() - began) / 1_000);
  };

  return {
    answer: (request, response, otherwise) => {
      const asked = askedBy(request);
      if (asked === undefined) return otherwise();
      // The parser is in the middle of what has come: a body that came along is next.
      process.nextTick(() => {
        if (request.readableLength === asked.length) void answer(request, response, asked, otherwise);
        else otherwise();
      });
    },
  };
};

type Send = (response: ServerResponse, problem: WireError | undefined) => void;

const senderOf = ({ headers, endSoon }: Pick<Deps, 'headers' | 'endSoon'>): Send => {
  const empty = [...headers, 'content-length', '0'];
  return (response, problem) => {
    if (problem === undefined) {
      return endSoon(response.writeHead(200, empty));
    }
    const text = JSON.stringify(problem.body);
    const length = `${Buffer.byteLength(text)}`;
    const described = ['content-type', 'application/json; charset=utf-8', 'content-length', length];
    endSoon(response.writeHead(problem.status, [...headers, ...described]), text);
  };
};
