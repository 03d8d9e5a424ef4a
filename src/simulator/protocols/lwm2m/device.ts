import { type BootstrapSide, createBootstrapSide } from './bootstrap.ts';
import { canFetch, download, type Later } from './download.ts';
import { inspectImage } from './image.ts';
import { createIdentity, createModel, createServerObject } from './model.ts';
import {
  type DeviceNetwork,
  type DeviceReply,
  type DeviceRequest,
  type Notify,
  openNetwork,
  type ServerReply,
  type ServerRequest,
} from './network.ts';
import { createFirmware, createSoftware, type Fault, type Surroundings } from './objects.ts';
import type { DeviceOptions, DeviceView, SimulatedDevice } from './types.ts';

export type { Fault } from './objects.ts';
export type { DeviceOptions, DeviceView, SimulatedDevice } from './types.ts';

const systemLater: Later = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

const LOST_REPLIES = 2;
/** Longer than the 50 ms after which npm's `coap` acknowledges by itself. */
const SEPARATE_MS = 80;
const RETRY_MS = 1000;
const LINK_FORMAT = 40;

const LINKS = '</1/0>,</3/0>,</5/0>,</9/0>';
const linksOf = (enabler: DeviceOptions['enabler']): string =>
  enabler === '1.0'
    ? LINKS
    : `</>;rt="oma.lwm2m";ct="0 11542",${LINKS.replace('</5/0>', '</5>;ver=1.1,</5/0>')}`;

type Watcher = Notify & { readonly path: string; readonly accept: number | undefined };

/** Makes a device that speaks npm's `coap` and its own TLV, so that nothing of the server's judges itself. */
export const createSimulatedDevice = (options: DeviceOptions): SimulatedDevice => {
  const { later = systemLater, times = {}, protocols = [0, 2], enabler, lifetime = 86_400 } = options;
  let faults: ReadonlySet<Fault> = new Set(options.faults);
  let version = options.firmware;
  let network: DeviceNetwork | undefined;
  let location: string | undefined;
  let watchers: readonly Watcher[] = [];
  let [registrations, executions, stopped] = [0, 0, false];
  let powered = new AbortController();
  let bootstrapping: BootstrapSide | undefined;
  const log: string[] = [];
  const onlookers = new Set<() => void>();
  const timers = new Set<() => void>();

  const told = (): void => {
    for (const look of onlookers) look();
    options.look?.(view());
  };
  /** What a reboot does not outlive. */
  const soon = (ms: number, run: () => void): void => {
    const cancel = later(ms, () => {
      timers.delete(cancel);
      run();
      told();
    });
    timers.add(cancel);
  };

  const goAway = (): void => {
    for (const cancel of timers) cancel();
    timers.clear();
    powered.abort();
    powered = new AbortController();
    network?.close();
    [network, location, watchers] = [undefined, undefined, []];
  };
  const reboot = (next: string | undefined, settle: () => void): void => {
    goAway();
    soon(times.reboot ?? 20, () => {
      version = next ?? version;
      settle();
      void comeBack();
    });
  };
  const comeBack = async (): Promise<void> => {
    try {
      await boot();
    } catch {
      if (!stopped) soon(RETRY_MS, () => void comeBack());
    }
  };

  const around: Surroundings = {
    has: (fault) => faults.has(fault),
    inspect: options.inspect ?? inspectImage,
    changed: (path) => {
      log.push(`${path} is ${model.valueAt(path)}`);
      notify(path);
      told();
    },
    download: async (uri) =>
      (options.fetch ?? download)((await options.route?.(uri)) ?? uri, {
        later,
        patience: times.patience ?? 93_000,
        cut: faults.has('cut-download'),
        signal: powered.signal,
      }),
    speaks: (uri) => canFetch(uri, protocols),
    afterInstall: (run) => soon(times.install ?? 10, run),
    reboot,
    vanish: goAway,
  };
  const firmware = createFirmware(
    { protocols, delivery: options.delivery ?? 2, cancels: enabler !== '1.0' },
    around,
  );
  const software = createSoftware(around);

  const objects = new Map([
    ['1', createServerObject(lifetime, () => void update().catch(() => undefined))],
    [
      '3',
      createIdentity({
        ...options,
        version: () => version,
        reboot: () => reboot(undefined, () => undefined),
      }),
    ],
    ['5', firmware],
    ['9', software],
  ]);
  const model = createModel(objects, enabler);

  const notify = (changed: string): void => {
    watchers = watchers.filter(({ ended }) => !ended());
    for (const { path, accept, send } of watchers) {
      if (path !== changed && !changed.startsWith(`${path}/`)) continue;
      log.push(`notify ${path}`);
      send(model.read(path, accept).payload ?? Buffer.alloc(0));
    }
  };

  const get = ({ path, accept, observe }: DeviceRequest, token: string): DeviceReply => {
    const reply = model.read(path, accept);
    if (observe === 1) watchers = watchers.filter((watcher) => watcher.token !== token);
    if (observe !== 0 || !reply.code.startsWith('2.')) return reply;
    if (faults.has('no-observe')) return { code: '4.05' };
    const watch = (notifier: Notify): void => {
      watchers = [...watchers.filter((one) => one.token !== token), { ...notifier, path, accept }];
    };
    return { ...reply, watch };
  };

  const react = (request: DeviceRequest, token: string): DeviceReply => {
    const { method, path, query } = request;
    if (bootstrapping?.isFor(request) === true) return bootstrapping.answer(request);
    if (method === 'GET') return get(request, token);
    if (method === 'PUT' && query !== '') return { code: '2.04' };
    if (method === 'PUT') return model.write(path, request.payload);
    if (method !== 'POST') return { code: '4.05' };
    const reaction = model.execute(path);
    if (reaction.code === '2.04') executions += 1;
    return reaction;
  };

  const answer = (request: DeviceRequest, token: string, reply: (reply: DeviceReply) => void): void => {
    const { method, path } = request;
    const reaction = react(request, token);
    log.push(`${method} ${path} ${reaction.code}`);
    if (path === '/5/0/2' && reaction.code === '2.04' && faults.has('unanswered-execute')) network?.mute();
    const send = (): void => {
      reply(reaction);
      told();
    };
    if (faults.has('separate-responses')) soon(SEPARATE_MS, send);
    else send();
  };

  const boot = async (): Promise<void> => {
    await connect();
    if (!stopped) await register();
  };
  const connect = async (): Promise<void> => {
    const opened = await (options.open ?? openNetwork)({
      server: options.server,
      confirmable: options.confirmable ?? false,
      lostReplies: faults.has('lost-replies') ? LOST_REPLIES : 0,
      answer,
    });
    if (stopped) return opened.close();
    network?.close();
    network = opened;
  };
  const register = async (): Promise<void> => {
    const binding = options.queue === true ? 'UQ' : 'U';
    const reach = enabler === '1.0' ? `&b=${binding}` : options.queue === true ? '&Q' : '';
    const query = `lwm2m=${enabler}&ep=${options.endpoint}&lt=${lifetime}${reach}`;
    const reply = await ask('POST', '/rd', query, {
      payload: Buffer.from(linksOf(enabler)),
      format: LINK_FORMAT,
    });
    if (reply.code !== '2.01') throw new Error(`registration was answered with ${reply.code}`);
    location = `/${reply.location.join('/')}`;
    registrations += 1;
    log.push('registered');
    told();
  };
  const ask = async (
    method: 'POST' | 'DELETE',
    path: string,
    query = '',
    body?: ServerRequest['body'],
  ): Promise<ServerReply> => {
    if (network === undefined) throw new Error('the device is away');
    return network.ask({ method, path, query, ...(body !== undefined && { body }) });
  };
  const bootstrap: SimulatedDevice['bootstrap'] = async () => {
    bootstrapping = createBootstrapSide();
    await connect();
    const { code } = await ask('POST', '/bs', `ep=${options.endpoint}`);
    if (code !== '2.04') throw new Error(`bootstrap was answered with ${code}`);
    const written = await bootstrapping.finished;
    bootstrapping = undefined;
    return written;
  };
  const send: SimulatedDevice['send'] = (payload, format) => ask('POST', '/dp', '', { payload, format });
  const update = (query?: string): Promise<ServerReply> => ask('POST', location ?? '/rd/none', query);

  const view = (): DeviceView => {
    const [five, nine] = [firmware.read(), software.read()];
    return {
      version,
      state: Number(five.get(3)),
      result: Number(five.get(5)),
      software: { state: Number(nine.get(7)), result: Number(nine.get(9)), active: nine.get(12) === true },
      location,
      registrations,
      executions,
      observations: watchers.map(({ path }) => path),
      port: network?.port ?? 0,
    };
  };

  return {
    start: boot,
    bootstrap,
    send,
    update,
    deregister: async () => {
      const reply = await ask('DELETE', location ?? '/rd/none');
      location = undefined;
      return reply;
    },
    reboot: (next) => reboot(next, () => undefined),
    setFaults: (next) => {
      faults = new Set(next);
    },
    view,
    until: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const seen = view();
          if (!fits(seen)) return;
          onlookers.delete(look);
          resolve(seen);
        };
        onlookers.add(look);
        look();
      }),
    log,
    stop: () => {
      stopped = true;
      goAway();
    },
  };
};
