import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { FastifyBaseLogger } from 'fastify';
import type { NoteGate } from '../app/check-in.ts';
import type { LastSeen } from '../app/last-seen.ts';
import type { Lwm2mDeps, Lwm2mSettings } from '../devices/lwm2m/deps.ts';
import type { Lwm2m } from '../devices/lwm2m/open.ts';
import { usualDefaults } from '../devices/lwm2m/profile.ts';
import { listenerNames } from '../devices/lwm2m/registered.ts';
import { DAY } from '../domain/time.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';

/** How long the URI of a package is good for. */
const TICKET_TTL = DAY;
/** Who listens there is reached under an address that nobody has told us. */
const anywhere: readonly string[] = ['0.0.0.0', '::'];

type Surrounding = { readonly seen: LastSeen; readonly noteGate: NoteGate; readonly url: string };

/** Serves LwM2M devices where some listener is set; nothing of it is loaded otherwise. */
export const openLwm2mDevices = async (
  { lwm2m, http, database }: Config,
  context: Context,
  logger: FastifyBaseLogger,
  { seen, noteGate, url }: Surrounding,
): Promise<Lwm2m | undefined> => {
  const names = listenerNames.filter((name) => lwm2m.listeners[name] !== undefined);
  if (names.length === 0) return undefined;
  const [{ openLwm2m }, { createListener }] = await Promise.all([
    import('../devices/lwm2m/open.ts'),
    import('../devices/lwm2m/listeners.ts'),
  ]);
  const log = {
    info: (about: object, line: string) => logger.info(about, line),
    warn: (about: object, line: string) => logger.warn(about, line),
  };
  const deps: Lwm2mDeps = { ...context, seen, noteGate, log };
  const listeners = [];
  for (const name of names) {
    const at = lwm2m.listeners[name];
    if (at !== undefined) listeners.push(await createListener({ ...deps, random: randomBytes }, name, at));
  }
  const settings: Lwm2mSettings = {
    account: lwm2m.account,
    publicUrl: http.publicUrl ?? (anywhere.includes(http.host) ? '' : url),
    publicHost: lwm2m.publicHost ?? '',
    pushes: lwm2m.pushes,
    registrations: lwm2m.registrations,
    // Nobody else has a file of SQLite.
    machine: database.kind === 'postgres' ? (lwm2m.machine ?? hostname()) : '',
    bootstrap: lwm2m.bootstrap,
    ticketTtl: TICKET_TTL,
    defaults: {
      ...usualDefaults,
      awakeWindow: lwm2m.awakeWindow,
      pollEvery: lwm2m.poll,
      installTimeout: lwm2m.installTimeout,
    },
  };
  const opened = await openLwm2m(deps, settings, listeners);
  for (const { name, address, port } of opened.listening) logger.info({ name, address, port }, 'LwM2M');
  return opened;
};
