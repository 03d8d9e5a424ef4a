import { lookup } from 'node:dns/promises';
import type { Agent, Dispatcher } from 'undici';
import type { Push, Pushed, PushRequest } from '../app/push-ports.ts';
import { guardedConnector, type Resolve } from './connector.ts';
import { createGuard } from './guard.ts';
import { problemOf, TooLate } from './problems.ts';
import { checkTarget } from './target.ts';

export type PushOptions = {
  /** CIDR networks, addresses and host names that are allowed although they are not public. */
  readonly allow: readonly string[];
  /** Looks host names up; the system does unless another is given. */
  readonly resolve?: Resolve;
};

/** What is kept of an answer, in bytes; the rest is not read. */
const ANSWER = 1_024;
/** Receivers with certificates of their own whose connections are kept open. */
const MOST_AGENTS = 100;

/** A `Push` over HTTP/1.1, with connections that are kept for a while. */
export const openPush = (options: PushOptions): Push & { readonly close: () => Promise<void> } => {
  const guard = createGuard(options.allow);
  const resolve = sharing(options.resolve ?? ((host) => lookup(host, { all: true })));
  const agents = new Map<string, Promise<Agent>>();

  const open = async (trust: string): Promise<Agent> => {
    // Loaded when something is sent: it would take a tenth of the time to start.
    const { Agent, buildConnector } = await import('undici');
    return new Agent({ allowH2: false, connect: guardedConnector(buildConnector, guard, resolve, trust) });
  };
  const agentFor = (trust: string): Promise<Agent> => {
    const agent = agents.get(trust) ?? open(trust);
    agents.delete(trust);
    agents.set(trust, agent);
    const [oldest] = agents;
    if (agents.size > MOST_AGENTS && oldest !== undefined) {
      agents.delete(oldest[0]);
      void oldest[1].then((unused) => unused.close());
    }
    return agent;
  };

  return {
    check: checkTarget(guard),
    send: async (request) => {
      const begun = performance.now();
      const took = () => Math.round(performance.now() - begun);
      try {
        const agent = await agentFor(request.trust);
        const answer = await inTime(request.timeout, (deadline) => post(agent, request, deadline));
        return { ...answer, took: took() };
      } catch (error) {
        return { problem: problemOf(error, request.timeout), took: took() };
      }
    },
    close: async () => {
      const open = [...agents.values()];
      agents.clear();
      await Promise.all(open.map(async (agent) => (await agent).destroy()));
    },
  };
};

/** Whoever asks for a name that is being looked up gets the same answer. */
const sharing = (resolve: Resolve): Resolve => {
  const asked = new Map<string, ReturnType<Resolve>>();
  return (host) => {
    const known = asked.get(host);
    if (known !== undefined) return known;
    const answer = resolve(host).finally(() => asked.delete(host));
    asked.set(host, answer);
    return answer;
  };
};

/** These belong to the connection, and to whoever makes it. */
const ours =
  /^(host|connection|content-length|expect|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

const headersOf = ({ headers, authentication }: PushRequest): Record<string, string> => {
  const sent = Object.entries(headers).filter(([name]) => !ours.test(name));
  const proof = authorizationOf(authentication);
  return { ...Object.fromEntries(sent), ...(proof === undefined ? {} : { authorization: proof }) };
};

const authorizationOf = (authentication: PushRequest['authentication']): string | undefined => {
  switch (authentication.kind) {
    case 'none':
      return undefined;
    case 'basic': {
      const { username, password } = authentication;
      return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    }
    case 'bearer':
      return `Bearer ${authentication.token}`;
  }
};

/** When the time for all of it is over: `signal` aborts and `over` rejects. */
type Deadline = { readonly signal: AbortSignal; readonly over: Promise<never> };

const inTime = async <Value>(
  timeout: number,
  work: (deadline: Deadline) => Promise<Value>,
): Promise<Value> => {
  const giveUp = new AbortController();
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined);
  const timer = setTimeout(() => {
    giveUp.abort(new TooLate());
    over.reject(new TooLate());
  }, timeout);
  try {
    return await work({ signal: giveUp.signal, over: over.promise });
  } finally {
    clearTimeout(timer);
  }
};

type Answer = Omit<Extract<Pushed, { readonly status: number }>, 'took'>;

const post = async (agent: Agent, request: PushRequest, { signal, over }: Deadline): Promise<Answer> => {
  const { origin, pathname, search } = new URL(request.url);
  const { timeout } = request;
  const answering = agent.request({
    ...{ method: 'POST', origin, path: pathname + search, body: request.body, headers: headersOf(request) },
    ...{ headersTimeout: timeout, bodyTimeout: timeout, signal },
  });
  // For as long as there is no connection a request does not hear its signal.
  const answer = await Promise.race([answering, over]);
  const after = answer.headers['retry-after'];
  return {
    status: answer.statusCode,
    answer: await beginningOf(answer.body),
    retryAfter: typeof after === 'string' ? after : '',
  };
};

/** As much of a body as is kept; one that breaks off, or takes too long, has said enough by its status. */
const beginningOf = async (body: Dispatcher.ResponseData['body']): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      // Leaving the loop closes the connection, whatever is still to come.
      if (size >= ANSWER) break;
    }
  } catch {
    // See above.
  }
  const text = Buffer.concat(chunks).subarray(0, ANSWER).toString();
  return text.replaceAll('\u0000', '\ufffd');
};
