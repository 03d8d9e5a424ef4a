import { createTransferMeter } from '../../app/transfer-meter.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import { SECOND } from '../../domain/time.ts';
import { createAgenda } from './agenda.ts';
import { createBlockSources } from './block-source.ts';
import { createBootstrap } from './bootstrap.ts';
import type { CoapPeer, CoapServer } from './coap/peer.ts';
import type { Lwm2mDeps, Lwm2mSettings } from './deps.ts';
import { createDriver } from './driver.ts';
import { createHandlers } from './endpoint.ts';
import { placeOf } from './errand.ts';
import { createFileServer } from './file-server.ts';
import { createLimiter } from './limiter.ts';
import { createNews } from './news.ts';
import { createTokens } from './observation.ts';
import type { Origins } from './packages.ts';
import { type ListenerName, type Registered, share } from './registered.ts';
import { createRegistrationRate } from './registration-rate.ts';
import { createRegistry, loadRegistrations } from './registry.ts';

/** A socket that devices reach, not yet listening. */
export type Listener = { readonly name: ListenerName; readonly server: CoapServer };

/** Where a listener listens. */
export type Listening = { readonly name: ListenerName; readonly address: string; readonly port: number };

export type Lwm2m = {
  readonly listening: readonly Listening[];
  /** Something was written that may concern devices of an account. */
  readonly wake: (account: AccountKey | null) => void;
  /** How many devices are registered. */
  readonly registered: () => number;
  readonly stop: () => Promise<void>;
};

const TICK = 250;
const LOOKS_A_TICK = 250;
/** Short exchanges at the same time. */
const SHORT = 500;
/** A device that has fetched the last byte looks at it first. */
const AFTER_FETCH = SECOND;
const EXPIRE_EVERY = 5 * SECOND;
/** Random bytes, so that nobody knows which networks share a place in the table of rates. */
const SALT = 16;

const host = (text: string): string => (text.includes(':') ? `[${text}]` : text);

/** What URIs begin with: HTTP as others reach it, CoAP at each listener. */
const originsOf = ({ publicUrl, publicHost }: Lwm2mSettings, listening: readonly Listening[]): Origins => {
  const web = publicUrl === '' ? {} : { [publicUrl.startsWith('https:') ? 'https' : 'http']: publicUrl };
  if (publicHost === '') return web;
  const own = listening.map(({ name, port }) => [name, `${name}://${host(publicHost)}:${port}`]);
  return { ...web, ...Object.fromEntries(own) };
};

/**
 * Where devices are at home: a listener of a machine, as no two processes have the same one at a time. Whoever has it
 * after a restart has its devices too; all are ours where nobody else has the store.
 */
const homesOf = ({ machine }: Lwm2mSettings, listening: () => readonly Listening[]) => {
  const homeOf = (listener: ListenerName): string => {
    const at = listening().find(({ name }) => name === listener);
    return machine === '' || at === undefined ? '' : share(`${machine} ${listener} ${at.address} ${at.port}`);
  };
  const isOurs = (home: string): boolean =>
    machine === '' || home === '' || listening().some(({ name }) => homeOf(name) === home);
  return { homeOf, isOurs };
};

/** Starts to serve LwM2M devices at these listeners; rejects where one cannot listen, with none left open. */
export const openLwm2m = async (
  deps: Lwm2mDeps,
  settings: Lwm2mSettings,
  listeners: readonly Listener[],
): Promise<Lwm2m> => {
  const { clock, later, log } = deps;
  let listening: readonly Listening[] = [];
  const { homeOf, isOurs } = homesOf(settings, () => listening);
  const report = (err: unknown): void => log.warn({ err }, 'registrations of devices could not be written');
  const servers = new Map(listeners.map(({ name, server }) => [name, server]));
  /** Only over plain UDP is the way still open that another process has used. */
  const reach = ({ listener, key, address, port, peer }: Registered): CoapPeer | undefined =>
    peer ?? (listener === 'coap' ? servers.get(listener)?.reach?.({ key, address, port }) : undefined);
  const registry = createRegistry({
    ...deps,
    ...{ isOurs, report },
    lost: (registered) => {
      log.info({ device: registered.deviceId }, 'a device has turned to another process, or was deleted');
      reach(registered)?.drop();
    },
    taken: (registered) => driver.visit(registered, 'heard'),
  });
  const agenda = createAgenda<Registered>();
  const tokens = createTokens(deps.hashing, deps.sealing.derive('lwm2m-observation'));
  const sources = createBlockSources();
  let origins: Origins = {};
  const driver = createDriver({
    ...deps,
    ...{ settings, registry, agenda, tokens, sources, reach, isOurs },
    origins: () => origins,
    short: createLimiter(SHORT),
    long: createLimiter(settings.pushes),
  });
  const meter = createTransferMeter({
    ...deps,
    problem: (err) => log.warn({ err }, 'the progress of a download was not noted'),
  });
  const lookAt = (account: AccountKey, device: DeviceKey, wait: number): void => {
    const registered = registry.ofDevice(account, device);
    if (registered !== undefined) agenda.set(placeOf(registered), registered, clock() + wait);
  };
  const files = createFileServer(deps, sources, meter, ({ speaker, member }) =>
    lookAt(speaker.account.key, member.device.key, AFTER_FETCH),
  );

  const bootstrap = createBootstrap(deps, settings, () => origins);

  let stopped = false;
  let callOffTick = (): void => undefined;
  let expireAt = clock() + EXPIRE_EVERY;
  const tick = (): void => {
    const now = clock();
    for (const one of agenda.take(now, LOOKS_A_TICK)) {
      driver.visit(registry.ofDevice(one.account, one.device) ?? one, 'time');
    }
    if (now >= expireAt) {
      for (const over of registry.expire(now)) over.peer?.drop();
      expireAt = now + EXPIRE_EVERY;
    }
    if (!stopped) callOffTick = later(tick, TICK);
  };

  const rate = createRegistrationRate({
    ...{ clock, log, perSecond: settings.registrations },
    salt: Buffer.from(deps.ids.secret(SALT)),
  });
  const handling = { ...deps, settings, registry, driver, tokens, files, bootstrap, reach, homeOf, rate };
  try {
    for (const { name, server } of listeners) {
      const at = await server.listen(createHandlers(handling, name));
      listening = [...listening, { name, ...at }];
    }
  } catch (error) {
    await Promise.all(listeners.map(({ server }) => server.close().catch(() => undefined)));
    throw error;
  }
  origins = originsOf(settings, listening);
  const loading = loadRegistrations({ ...deps, isOurs, homeOf }, registry, (loaded) => {
    for (const one of loaded) if (one.session.stage !== 'idle') agenda.set(placeOf(one), one, clock());
  }).catch((err: unknown) => log.warn({ err }, 'earlier registrations could not be read'));
  const news = createNews({
    ...deps,
    accounts: registry.accounts,
    tell: (account, device) => lookAt(account, device, 0),
    report: (err) => log.warn({ err }, 'the history could not be read'),
  });
  tick();
  return {
    listening,
    wake: news.wake,
    registered: registry.size,
    stop: async () => {
      stopped = true;
      callOffTick();
      driver.stop();
      await news.stop();
      await loading;
      // Whoever listens there next reads what is written now.
      await registry.flush().catch(report);
      await Promise.all(listeners.map(({ server }) => server.close()));
      await driver.idle();
      await meter.flush();
      await registry.flush();
    },
  };
};
