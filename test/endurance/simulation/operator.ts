import { type Client, ProblemError } from '../../../src/client/muster.ts';
import { Unreachable } from '../../../src/simulator/http.ts';
import { fleetImage } from '../../../src/simulator/image.ts';
import { type FleetPlan, idOf } from '../../../src/simulator/traits.ts';
import type { Chance } from './chance.ts';
import { planOf } from './plans.ts';

/** Somebody who makes campaigns and interferes with them. */
export type Operator = {
  /** Makes a package and a campaign of it. */
  readonly launch: () => Promise<void>;
  /** Brings a package to every device, and lets them try again where it goes wrong. */
  readonly launchForAll: () => Promise<void>;
  /** Does something to a campaign that is there. */
  readonly interfere: () => Promise<void>;
  /** How often each thing was done, refusals counted apart. */
  readonly done: ReadonlyMap<string, number>;
};

type Deps = {
  readonly client: Client;
  readonly chance: Chance;
  readonly plan: FleetPlan;
  /** As the server sees it. */
  readonly clock: () => number;
  readonly problem: (what: string) => void;
};

const SERVER_FAILED = 500;
const MOST_TRIES = 20;

/** Firmware, and software of some names: those of one name wait for each other, those of two do not. */
const families = ['firmware', 'firmware', 'firmware', 'edge', 'modem'] as const;

/** What nobody does often, since little happens after it. */
const isFinal = (what: string): boolean => what === 'cancel' || what === 'end' || what === 'stop';

export const createOperator = ({ client, chance, plan, clock, problem }: Deps): Operator => {
  const done = new Map<string, number>();
  const packages: string[] = [];
  let launched = 0;
  let keys = 0;

  const count = (what: string): void => void done.set(what, (done.get(what) ?? 0) + 1);

  /** A refusal is an answer; that the server is away is none. */
  const attempt = async <Value>(what: string, call: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      const value = await call();
      count(what);
      return value;
    } catch (error) {
      if (error instanceof ProblemError) {
        count(`${what} refused`);
        if (error.problem.status >= SERVER_FAILED) problem(`${what}: ${error.problem.detail}`);
        return undefined;
      }
      if (error instanceof Unreachable) count(`${what} unanswered`);
      else throw error;
      return undefined;
    }
  };

  /** Under one key the same is made once, however often it has to be said. */
  const insist = async <Value>(
    what: string,
    call: (key: string) => Promise<Value>,
  ): Promise<Value | undefined> => {
    keys += 1;
    const key = `key-${keys}`;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const before = done.get(`${what} unanswered`) ?? 0;
      const value = await attempt(what, () => call(key));
      if (value !== undefined || (done.get(`${what} unanswered`) ?? 0) === before) return value;
    }
    return undefined;
  };

  const someDevices = (): readonly string[] =>
    Array.from({ length: plan.devices }, (_, index) => idOf(plan, index)).filter(() => chance.happens(0.1));
  const oneDevice = (): string => idOf(plan, chance.below(plan.devices));

  const upload = async (family: (typeof families)[number]): Promise<string | undefined> => {
    launched += 1;
    const version = `2.${launched}.0`;
    const kind = family === 'firmware' ? ('firmware' as const) : ('software' as const);
    const data = new Uint8Array(fleetImage(version, chance.from(1, 4_000)));
    const query = { name: kind === 'firmware' ? `image ${launched}` : family, version, kind };
    const made = await insist('upload', (idempotencyKey) =>
      client.createPackage({ query, idempotencyKey, bytes: { type: 'application/octet-stream', data } }),
    );
    return made?.id;
  };

  const target = () => {
    const expression = chance.pick(['attributes.site = "oslo"', 'model = "GW-3" or version = "1.9.4"']);
    const reevaluateSeconds = chance.pick([0, 1_800]);
    return chance.happens(0.4)
      ? ({ by: 'query', expression, reevaluateSeconds } as const)
      : ({ by: 'hand' } as const);
  };

  const start = (campaign: string): Promise<unknown> =>
    attempt('start', () => client.startCampaign({ params: { campaign }, query: { confirm: true } }));

  const launch = async (): Promise<void> => {
    const id = await upload(chance.pick(families));
    if (id === undefined) return;
    const body = {
      ...planOf(chance, clock(), chance.pick([undefined, ...packages])),
      ...{ name: `campaign ${launched}`, packages: [id], target: target() },
    };
    packages.push(id);
    const made = await insist('create', (idempotencyKey) => client.createCampaign({ body, idempotencyKey }));
    if (made === undefined) return;
    const params = { campaign: made.id };
    if (made.target.by === 'hand')
      await attempt('add', () =>
        client.addCampaignDevices({ params, body: { devices: [...someDevices()] } }),
      );
    const startAt = new Date(clock() + chance.below(3_600_000)).toISOString();
    if (chance.happens(0.2))
      await attempt('schedule', () => client.scheduleCampaign({ params, body: { startAt } }));
    else await start(made.id);
  };

  const deeds: Readonly<Record<string, (campaign: string, revision: number) => Promise<unknown>>> = {
    pause: (campaign) => client.pauseCampaign({ params: { campaign } }),
    resume: (campaign) => client.resumeCampaign({ params: { campaign } }),
    'resume again': (campaign) => client.resumeCampaign({ params: { campaign } }),
    stop: (campaign) => client.stopCampaign({ params: { campaign } }),
    start: (campaign) => client.startCampaign({ params: { campaign }, query: { confirm: true } }),
    'start again': (campaign) => client.startCampaign({ params: { campaign }, query: { confirm: true } }),
    cancel: (campaign) => client.cancelCampaign({ params: { campaign } }),
    end: (campaign) => client.endCampaign({ params: { campaign } }),
    'open wave': (campaign) => client.openNextWave({ params: { campaign } }),
    hold: (campaign) =>
      client.holdScope({
        params: { campaign },
        body: { scope: chance.pick(['wave/0', 'attributes.site/oslo']) },
      }),
    release: (campaign) =>
      client.releaseScope({
        params: { campaign },
        body: { scope: chance.pick(['wave/0', 'attributes.site/oslo']) },
      }),
    'retry failed': (campaign) => client.retryFailed({ params: { campaign } }),
    add: (campaign) =>
      client.addCampaignDevices({ params: { campaign }, body: { devices: [...someDevices()] } }),
    remove: (campaign) =>
      client.removeCampaignDevices({ params: { campaign }, body: { devices: [oneDevice(), oneDevice()] } }),
    recall: (campaign) =>
      client.recallCampaignDevice({ params: { campaign, device: oneDevice() }, body: { message: 'wait' } }),
    close: (campaign) => client.closeCampaignDevice({ params: { campaign, device: oneDevice() }, body: {} }),
    go: (campaign) =>
      client.setDeviceSlot({
        params: {
          campaign,
          device: oneDevice(),
          phase: chance.pick(['download', 'execution', 'activation'] as const),
        },
        body: {},
      }),
    edit: (campaign, expected) =>
      client.editCampaign({
        params: { campaign },
        body: { concurrency: chance.happens(0.5) ? chance.from(1, 300) : null, priority: chance.below(101) },
        ...(chance.happens(0.5) && { expected }),
      }),
  };

  const interfere = async (): Promise<void> => {
    const page = await attempt('list', () => client.listCampaigns({ query: { limit: 100 } }));
    if (page === undefined || page.items.length === 0) return;
    const campaign = chance.pick(page.items);
    const what = chance.pick(Object.keys(deeds));
    if (isFinal(what) && chance.happens(0.8)) return;
    await attempt(what, () => deeds[what]?.(campaign.id, campaign.revision) ?? Promise.resolve());
  };

  const launchForAll = async (): Promise<void> => {
    const id = await upload('firmware');
    if (id === undefined) return problem('the package for all could not be uploaded');
    const everyone = { by: 'query', expression: '', reevaluateSeconds: 0 } as const;
    const body = {
      name: 'for all',
      packages: [id],
      target: everyone,
      retry: { attempts: 5, backOffSeconds: 60 },
    };
    const made = await insist('create', (idempotencyKey) => client.createCampaign({ body, idempotencyKey }));
    if (made === undefined) return problem('the campaign for all could not be made');
    const params = { campaign: made.id };
    await insist('start', () => client.startCampaign({ params, query: { confirm: true } }));
  };

  return { launch, launchForAll, interfere, done };
};
