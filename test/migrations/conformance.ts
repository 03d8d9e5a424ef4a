import { randomUUID } from 'node:crypto';

/** Who may do everything on the servers of these tests. */
export const administrator = { email: 'admin@localhost', password: 'correct horse battery' };

/** A device with its bearer headers, and what it asks. */
export type Poller = { readonly url: (base: string) => string; readonly headers: Record<string, string> };

/** On a connection of its own: one that is kept may be closed by a server that is slow just when it is used again. */
const ask = (
  url: string,
  init: RequestInit & { readonly headers: Record<string, string> },
): Promise<Response> => fetch(url, { ...init, headers: { ...init.headers, connection: 'close' } });

const answerOf = async (reply: Response, what: string): Promise<unknown> => {
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${what}: ${reply.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

type Named = { readonly id: string };
type Call = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;

const sessionOf = async (base: string): Promise<Record<string, string>> => {
  const reply = await ask(`${base}/api/v1/session`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify(administrator),
  });
  const { token } = (await answerOf(reply, 'session')) as { token: string };
  return { authorization: `Bearer ${token}` };
};

/** A backup of the whole server, with its key. */
export const backupOf = async (base: string): Promise<Uint8Array> => {
  const reply = await ask(`${base}/api/v1/backup?key=true`, { headers: await sessionOf(base) });
  if (!reply.ok) throw new Error(`backup: ${reply.status} ${await reply.text()}`);
  return reply.bytes();
};

/** Signs in, and gives calls of the Muster API. Written out: this has to fit the servers of every release. */
export const signIn = async (base: string): Promise<Call> => {
  const call = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<unknown> => {
    const isJson = body !== undefined && typeof body !== 'string';
    const type = isJson ? 'application/json' : 'application/octet-stream';
    const reply = await ask(`${base}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
    });
    return answerOf(reply, `${method} ${path}`);
  };
  const headers = await sessionOf(base);
  return async <Answer>(method: string, path: string, body?: unknown) =>
    (await call(method, path, headers, body)) as Answer;
};

/** A new device that may poll. */
export const newPoller = async (call: Call): Promise<Poller & Named> => {
  const id = `truck-${randomUUID()}`;
  await call('POST', '/devices', { id, protocol: 'ddi', tags: ['north'] });
  const { secret } = await call<{ secret: string }>('POST', `/devices/${id}/credentials`, {});
  return {
    id,
    url: (base) => `${base}/DEFAULT/controller/v1/${id}`,
    headers: { authorization: `TargetToken ${secret}`, 'content-type': 'application/json' },
  };
};

/** What a device is told to do, by the link that it is given; `undefined` for nothing. */
export const poll = async (base: string, { url, headers }: Poller): Promise<string | undefined> => {
  const answer = await answerOf(await ask(url(base), { headers }), 'poll');
  const link = /"(http[^"]*deploymentBase[^"]*)"/.exec(JSON.stringify(answer))?.[1];
  return link?.replace(/^http:\/\/[^/]+/, base);
};

/** Fetches the package and says that all went well. */
export const update = async (base: string, device: Poller, link: string): Promise<string> => {
  const deployment = await answerOf(await ask(link, { headers: device.headers }), 'deployment');
  const artifact = /"(http[^"]*artifacts[^"]*?)"/.exec(JSON.stringify(deployment))?.[1] ?? '';
  const bytes = await ask(artifact.replace(/^http:\/\/[^/]+/, base), { headers: device.headers });
  const text = await bytes.text();
  const feedback = `${link.split('?')[0]}/feedback`;
  const status = { execution: 'closed', result: { finished: 'success' } };
  const said = await ask(feedback, {
    ...{ method: 'POST', headers: device.headers, body: JSON.stringify({ status }) },
  });
  await answerOf(said, 'feedback');
  return text;
};

/** A running campaign of one new package over these devices. */
export const newCampaign = async (call: Call, devices: readonly Named[], bytes: string): Promise<Named> => {
  const query = new URLSearchParams({ name: 'firmware', version: randomUUID(), kind: 'firmware' });
  const pack = await call<Named>('POST', `/packages?${query}`, bytes);
  const campaign = await call<Named>('POST', '/campaigns', {
    name: 'Spring',
    packages: [pack.id],
    endWhenComplete: true,
  });
  await call('POST', `/campaigns/${campaign.id}/devices`, { devices: devices.map(({ id }) => id) });
  await call('POST', `/campaigns/${campaign.id}/start`);
  return campaign;
};

/** Waits until the server itself has ended a campaign. */
const untilEnded = async (call: Call, { id }: Named): Promise<void> => {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const { status } = await call<{ status: string }>('GET', `/campaigns/${id}`);
    if (status === 'ended') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the campaign did not end');
};

/**
 * From signing in to the end of a campaign: the first server makes everything, the device speaks with the second, and
 * what came of it is asked of the first again.
 */
export const conform = async (first: string, second = first): Promise<Named> => {
  const call = await signIn(first);
  const device = await newPoller(call);
  const bytes = `firmware ${randomUUID()}`;
  const campaign = await newCampaign(call, [device], bytes);
  const link = await poll(second, device);
  if (link === undefined) throw new Error('there was nothing to do');
  const got = await update(second, device, link);
  if (got !== bytes) throw new Error(`the package was not the one that was put there: ${got.slice(0, 200)}`);
  if ((await poll(first, device)) !== undefined) throw new Error('there was still something to do');
  await untilEnded(call, campaign);
  const { items } = await call<{ items: readonly { readonly type: string }[] }>(
    ...(['GET', `/campaigns/${campaign.id}/events?limit=100`] as const),
  );
  const types = items.map(({ type }) => type);
  if (!types.includes('campaign-ended')) throw new Error(`no event tells of the end: ${types}`);
  return campaign;
};
