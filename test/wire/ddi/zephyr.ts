import type { Reply } from '../../support/api.ts';
import { digest, type TestDevice } from './fleet.ts';

/** What a Zephyr device has room for, in bytes. */
const ROOM = { body: 1_100, url: 300, path: 199, link: 49 } as const;

const fail = (what: string): never => {
  throw new Error(`Zephyr gives up: ${what}`);
};

/** Its parser knows the types of members beforehand, and stops at another. */
const text = (value: unknown, name: string): string =>
  typeof value === 'string' ? value : fail(`${name} is no text`);

const only = <Value>(list: readonly Value[], name: string): Value => {
  const [first] = list;
  return list.length === 1 && first !== undefined ? first : fail(`${list.length} ${name}`);
};

/** Takes 200 alone, and as many bytes as were announced. */
const bodyOf = (reply: Reply): Reply['body'] => {
  if (reply.status !== 200) fail(`status ${reply.status}`);
  if (reply.headers['transfer-encoding'] !== undefined) fail('a chunked body');
  const raw = Buffer.from(reply.body instanceof Uint8Array ? reply.body : JSON.stringify(reply.body));
  if (Number(reply.headers['content-length']) !== raw.length) fail('a wrong Content-Length');
  if (raw.length > ROOM.body) fail(`${raw.length} bytes`);
  return reply.body;
};

const shortLink = (href: string, from: string): string => {
  const link = href.slice(href.indexOf(from));
  return link.length <= ROOM.link ? link : fail(`a link of ${link.length} characters`);
};

export type ZephyrState = { installed: string };

/** One probe: what it did. `state` is what it keeps over a restart. */
export const zephyrProbe = async (device: TestDevice, state: ZephyrState): Promise<string> => {
  const poll = async () => bodyOf(await device.ask('GET', '', { tenant: 'default' }));
  let root = await poll();
  if (text(root.config.polling.sleep, 'sleep').length !== 8) fail('the time to sleep');
  if (root._links?.cancelAction !== undefined)
    return cancel(device, text(root._links.cancelAction.href, 'href'));
  if (root._links?.configData !== undefined) {
    bodyOf(
      await device.ask('PUT', '/configData', {
        body: { mode: 'merge', data: { VIN: 'z', hwRevision: '3' } },
      }),
    );
    root = await poll();
  }
  const offered = root._links?.deploymentBase?.href;
  if (offered === undefined) return 'nothing to do';
  const href = text(offered, 'href');
  if (href.length > ROOM.url) fail('a long URL');
  const id = /^deploymentBase\/(\d+)/.exec(shortLink(href, 'deploymentBase/'))?.[1] ?? fail('no id');
  if (id === state.installed) return succeed(device, id);
  await install(device, bodyOf(await device.ask('GET', href)), id);
  state.installed = id;
  return 'installed';
};

const install = async (device: TestDevice, body: Reply['body'], id: string): Promise<void> => {
  if (text(body.id, 'id') !== id || Number(id) > 0x7fffffff) fail(`the id ${body.id}`);
  const chunk = only<Reply['body']>(body.deployment.chunks, 'chunks');
  if (text(chunk.part, 'part') !== 'bApp') fail(`the part ${chunk.part}`);
  const artifact = only<Reply['body']>(chunk.artifacts, 'artifacts');
  if (typeof artifact.size !== 'number') fail('the size');
  const { pathname } = new URL(text(artifact._links['download-http'].href, 'href'));
  if (pathname.length > ROOM.path) fail('a long path');
  if (!pathname.includes('/DEFAULT/controller/v1')) fail(`the path ${pathname}`);
  const image = await device.ask('GET', `http://localhost${pathname}`);
  if (image.status !== 200 || image.body.length !== artifact.size) fail('the image');
  const sum = text(artifact.hashes.sha256, 'sha256');
  if (sum.length !== 64 || digest('sha256', image.body.toString()) !== sum) fail('the hash');
};

/** After the restart, and only while it is offered still. */
const succeed = async (device: TestDevice, id: string): Promise<string> => {
  bodyOf(await device.say('deploymentBase', id, 'closed', 'success'));
  return 'succeeded';
};

/** It loses the first digit of the id, and asks for no document: it appends to the link. */
const cancel = async (device: TestDevice, href: string): Promise<string> => {
  const link = shortLink(href, 'cancelAction/');
  if (Number(link.slice('cancelAction/1'.length)) === 0) fail('an id that is nothing');
  const body = { status: { execution: 'closed', result: { finished: 'success' } } };
  bodyOf(await device.ask('POST', `${href}/feedback`, { body }));
  return 'cancelled';
};
