import { createHmac } from 'node:crypto';
import { type Client, ProblemError } from '../client/muster.ts';
import { DM_SERVER } from './protocols/oma-dm.ts';
import { type FleetPlan, idOf, traitsOf } from './traits.ts';

/** What devices of a fleet prove themselves with. */
export type Enrolled = {
  readonly account: string;
  /** For devices of DDI. */
  readonly gatewayToken: string;
  readonly secretOf: (id: string) => string;
  /** Whether the account takes the attribute `firmware` for the version. */
  readonly tellsVersions: boolean;
  /** Takes back what was issued for all. */
  readonly leave: () => Promise<void>;
};

export type EnrolOptions = {
  /** Makes secrets of devices that nobody else can make. */
  readonly key: string;
  /** Tags of every device. */
  readonly tags?: readonly string[];
  /** The account is there for this fleet alone: gateway tokens of runs before end. */
  readonly alone?: true;
  readonly tell?: (line: string) => void;
};

const PIECE = 10_000;
/** Requests at the same time. */
const ABREAST = 16;
const LONGEST_WAIT = 60_000;

const VERSION_SETTING = 'ddi.version.firmware';

const lineOf = (plan: FleetPlan, index: number, tags: readonly string[]): string => {
  const { protocol, make, model, timeZone, version, site, habit } = traitsOf(plan, index);
  const attributes = { site, habit: habit.kind, simulated: true };
  const about = { make, model, timeZone, tags, versions: { firmware: version }, attributes };
  return JSON.stringify({ id: idOf(plan, index), protocol, ...about });
};

const importAll = async (
  client: Client,
  plan: FleetPlan,
  { tags = [], tell }: EnrolOptions,
): Promise<void> => {
  for (let from = 0; from < plan.devices; from += PIECE) {
    const many = Math.min(PIECE, plan.devices - from);
    const lines = Array.from({ length: many }, (_, at) => lineOf(plan, from + at, tags)).join('\n');
    const data = new TextEncoder().encode(lines);
    const report = await client.importDevices({ bytes: { type: 'application/x-ndjson', data } });
    const [first] = report.errors;
    if (first !== undefined) throw new Error(`${first.id ?? 'a device'} was not taken: ${first.problem}`);
    tell?.(`${from + many} of ${plan.devices} devices are known`);
  }
};

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits where the server says that there were too many requests. */
const patiently = async <Value>(call: () => Promise<Value>): Promise<Value> => {
  for (let wait = 1_000; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.status !== 429) throw error;
      await pause(wait);
    }
  }
};

const issueSecrets = async (
  client: Client,
  plan: FleetPlan,
  secretOf: Enrolled['secretOf'],
  tell: EnrolOptions['tell'],
): Promise<void> => {
  let next = 0;
  let issued = 0;
  const issue = async (index: number): Promise<void> => {
    const { protocol } = traitsOf(plan, index);
    if (protocol !== 'gateway' && protocol !== 'oma-dm') return;
    const device = idOf(plan, index);
    const secret = secretOf(device);
    const own = { secret, replacesAfter: 0 };
    const dm = { kind: 'dm', server: { id: DM_SERVER, secret: secretOf(DM_SERVER) } } as const;
    const body = protocol === 'oma-dm' ? { ...own, ...dm } : own;
    await patiently(() => client.createDeviceCredential({ params: { device }, body }));
    issued += 1;
    if (issued % 1_000 === 0) tell?.(`${issued} secrets are issued`);
  };
  const worker = async (): Promise<void> => {
    for (let index = next++; index < plan.devices; index = next++) await issue(index);
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
};

/** Adds the setting by which devices of DDI tell their version; `false` where the token may not. */
const setVersions = async (client: Client, account: string): Promise<boolean> => {
  try {
    const { settings } = await client.getAccount({ params: { account } });
    if (settings[VERSION_SETTING] === undefined)
      await client.editAccount({
        params: { account },
        body: { settings: { ...settings, [VERSION_SETTING]: 'firmware' } },
      });
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 403) return false;
    throw error;
  }
};

/** Makes all devices of a fleet known to a server, with what they prove themselves with. Repeating it is fine. */
export const enrolFleet = async (
  client: Client,
  plan: FleetPlan,
  options: EnrolOptions,
): Promise<Enrolled> => {
  const account = (await client.getSession({})).account.id;
  const secretOf = (id: string): string =>
    createHmac('sha256', options.key).update(id).digest('hex').slice(0, 40);
  await importAll(client, plan, options);
  const tellsVersions = await setVersions(client, account);
  await issueSecrets(client, plan, secretOf, options.tell);
  const token = await client.createGatewayToken({
    params: { account },
    body: options.alone === true ? { replacesAfterSeconds: 0 } : {},
  });
  const params = { account, gatewayToken: token.id };
  return {
    ...{ account, gatewayToken: token.secret, secretOf, tellsVersions },
    leave: async () => {
      await client.deleteGatewayToken({ params }).catch(() => undefined);
    },
  };
};
