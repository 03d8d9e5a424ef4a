import { at, listAll } from '../kill/load.ts';
import type { Answer, Message, Wire } from '../kill/wire.ts';
import type { Place } from '../place.ts';

/** What requests are tried with: a server that may die at any step of them. */
export type Stage = {
  readonly place: Place;
  /** As the administrator. */
  readonly wire: Wire;
  readonly token: string;
  readonly account: string;
  readonly gatewayToken: string;
  /** Of any firmware. */
  readonly pack: string;
  /** Where webhooks go; which ids came for an event. */
  readonly pushed: (device: string) => ReadonlySet<string>;
};

/** One request, ready to be sent. */
export type Trial = {
  /** Sends it; the server dies at the step with this number, from 1. Anything but an answer is `unknown`. */
  readonly send: (failPoint: number) => Promise<Answer | 'unknown'>;
  /** How many times it has taken effect: 0 or 1, and 2 where the same may be done twice. */
  readonly effects: () => Promise<number>;
  /** Answers beside success to a repeated one, which say that it was done. */
  readonly doneBefore?: readonly number[];
  /** Nothing tells a repeated one from a new one: whoever had no answer may get two. */
  readonly mayDouble?: true;
};

/** One kind of request. */
export type Kind = {
  readonly name: string;
  /** Makes what it needs; `id` is another each time. */
  readonly prepare: (stage: Stage, id: string) => Promise<Trial>;
};

export const api = '/api/v1';

/** A trial of one HTTP request. */
export const trialOf = (
  { wire }: Stage,
  message: Message,
  effects: Trial['effects'],
  more: Pick<Trial, 'doneBefore' | 'mayDouble'> = {},
): Trial => ({
  ...more,
  effects,
  send: async (failPoint) => {
    const headers = { ...message.headers, ...(failPoint > 0 && { 'x-fail-point': `${failPoint}` }) };
    const answer = await wire.send({ ...message, headers });
    return typeof answer === 'object' ? answer : 'unknown';
  },
});

/** What must work for a trial to mean anything; the body of its answer. */
export const done = async ({ wire }: Stage, message: Message): Promise<unknown> => {
  const { status, body, bytes } = await wire.insist(message);
  if (status >= 300) throw new Error(`${message.method} ${message.path}: ${status} ${bytes}`);
  return body;
};

export const get = async ({ wire }: Stage, path: string): Promise<unknown> => {
  const { status, body } = await wire.insist({ method: 'GET', path });
  return status === 200 ? body : undefined;
};

/** How many events of a type are told of something. */
export const eventsOf = async ({ wire }: Stage, path: string, type: string): Promise<number> =>
  (await listAll(wire, `${path}/events?types=${type}`)).length;

export const idOf = (body: unknown): string => `${at(body, 'id')}`;

export const newDevice = async (stage: Stage, id: string, more: object = {}): Promise<void> => {
  await done(stage, { method: 'POST', path: `${api}/devices`, body: { id, ...more } });
};

/** A campaign of one device, as a path; started where that is asked for. */
export const newCampaign = async (
  stage: Stage,
  name: string,
  { device, isStarted = false }: { readonly device?: string; readonly isStarted?: boolean } = {},
): Promise<string> => {
  const body = { name, packages: [stage.pack], target: { by: 'hand' } };
  const path = `${api}/campaigns/${idOf(await done(stage, { method: 'POST', path: `${api}/campaigns`, body }))}`;
  if (device !== undefined)
    await done(stage, { method: 'POST', path: `${path}/devices`, body: { devices: [device] } });
  if (isStarted) await done(stage, { method: 'POST', path: `${path}/start?confirm=true`, body: {} });
  return path;
};
