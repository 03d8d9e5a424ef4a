import type { Client } from '../client/muster.ts';
import { fleetImage } from '../simulator/image.ts';
import { faultProfiles } from '../simulator/profile.ts';
import { type FleetPlan, usualVersions } from '../simulator/traits.ts';

/** The campaigns of the demonstration, by what they are there to show. */
export type Story = {
  readonly underWay: string;
  readonly waiting: string;
  readonly finished: string;
};

/** The fleet of the demonstration: every protocol, and a version with which much goes wrong. */
export const demoPlan = (devices: number, seed: number): FleetPlan => ({
  ...{ seed, devices, prefix: 'demo-', versions: usualVersions },
  mix: { ddi: 5, gateway: 3, lwm2m: 1, 'oma-dm': 1 },
  habits: { 'always-on': 5, interval: 4, night: 0.7, weekly: 0.3 },
  faults: { ...faultProfiles.usual, silence: 0.002, versions: { '2.0.1': 3 } },
});

const names = {
  finished: 'Lab trial of 2.0.1',
  underWay: 'Spring firmware 2.1.0',
  waiting: 'Oslo sites to 2.1.0',
} as const satisfies Record<keyof Story, string>;

const IMAGE_SIZE = 400_000;

const upload = async (client: Client, version: string): Promise<string> => {
  const data = new Uint8Array(fleetImage(version, IMAGE_SIZE));
  const query = {
    name: 'gateway-os',
    version,
    kind: 'firmware',
    fileName: `gateway-os-${version}.img`,
  } as const;
  return (await client.createPackage({ query, bytes: { type: 'application/octet-stream', data } })).id;
};

/** Those that are soon through. */
const LAB = 'habit = "always-on" and model = "GW-1"';

const byQuery = (expression: string) => ({ by: 'query', expression, reevaluateSeconds: 0 }) as const;
const percent = (name: string, share: number, success: number, soakSeconds: number) =>
  ({ name, size: { by: 'percent', percent: share }, success, soakSeconds, manual: false }) as const;

const found = async (client: Client): Promise<Story | undefined> => {
  const { items } = await client.listCampaigns({ query: { limit: 1_000 } });
  const ids = new Map(items.map(({ name, id }) => [name, id]));
  const [finished, underWay, waiting] = [names.finished, names.underWay, names.waiting].map((name) =>
    ids.get(name),
  );
  if (finished === undefined || underWay === undefined || waiting === undefined) return undefined;
  return { finished, underWay, waiting };
};

const waitingCampaign = async (client: Client, pack: string): Promise<string> => {
  const { account } = await client.getSession({});
  const params = { account: account.id };
  const { approvalPolicy } = await client.getAccount({ params });
  await client.editAccount({ params, body: { approvalPolicy: 'one' } });
  const made = await client.createCampaign({
    body: {
      ...{ name: names.waiting, packages: [pack], target: byQuery('site = oslo') },
      description: 'Somebody has to approve it: open it and look at what it would do first.',
    },
  });
  await client.editAccount({ params, body: { approvalPolicy } });
  return made.id;
};

/** Two packages and three campaigns; those of a demonstration that goes on are found again. */
export const tellStory = async (client: Client): Promise<Story> => {
  const before = await found(client);
  if (before !== undefined) return before;
  const [old, fresh] = [await upload(client, '2.0.1'), await upload(client, '2.1.0')];
  const finished = await client.createCampaign({
    body: {
      ...{ name: names.finished, packages: [old] },
      description: 'It is over. Look at what failed, and what those devices have in common.',
      target: byQuery(LAB),
      retry: { attempts: 1, backOffSeconds: 1 },
    },
  });
  await client.startCampaign({ params: { campaign: finished.id } });
  const underWay = await client.createCampaign({
    body: {
      ...{ name: names.underWay, packages: [fresh], target: byQuery(`not (${LAB})`) },
      description: 'It goes on by itself, wave by wave.',
      retry: { attempts: 3, backOffSeconds: 20 },
      rollout: {
        by: 'waves',
        waves: [
          percent('Canary', 6, 60, 45),
          percent('First third', 30, 75, 90),
          percent('Second third', 32, 75, 90),
        ],
      },
      stopRules: [
        {
          ...{ signal: 'failed', scope: { by: 'campaign' }, minimum: 20, action: 'pause' },
          threshold: { percent: 30 },
        },
      ],
    },
  });
  await client.startCampaign({ params: { campaign: underWay.id }, query: { confirm: true } });
  return { finished: finished.id, underWay: underWay.id, waiting: await waitingCampaign(client, fresh) };
};

/** How many of the finished campaign have to be over before what is left is given up; fewer where that takes long. */
const ENOUGH = { soon: 0.85, late: 0.5 };

/** Ends the campaign that is to be over once most of it is; `true` when it is. */
export const endFinished = async (client: Client, { finished }: Story, isLate: boolean): Promise<boolean> => {
  const params = { campaign: finished };
  const { status } = await client.getCampaign({ params });
  if (status !== 'running') return true;
  const { total, closed } = await client.countUpdates({ params });
  const over = Object.values(closed).reduce((sum, count) => sum + count, 0);
  if (total === 0 || over < total * (isLate ? ENOUGH.late : ENOUGH.soon)) return false;
  await client.endCampaign({ params });
  return true;
};
