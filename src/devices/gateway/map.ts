import type { HandedTask } from '../../app/gateway.ts';
import type { GatewayTask } from '../../app/gateway-task.ts';
import type { AgentCommand, CommandMessage } from '../../wire/pulse/agent.ts';

/** The path of a package's bytes, below the address of the server. */
const bytesPath = (packageId: string): string => `/api/programs/${packageId}/file`;

const phaseCommands = {
  download: 'OTA_DOWNLOAD',
  execution: 'OTA_EXECUTE',
  activation: 'OTA_ACTIVATE',
} as const satisfies Readonly<Record<NonNullable<GatewayTask['phase']>, AgentCommand>>;

const commandOf = ({ kind, phase }: GatewayTask): AgentCommand => {
  switch (kind) {
    case 'inventory':
      return 'OTA_INVENTORY';
    case 'run':
      return phaseCommands[phase];
    case 'reset':
      return 'OTA_RESET';
    case 'checkpoint':
      return 'OTA_CHECKPOINT';
    default:
      return kind satisfies never;
  }
};

type Arguments = Readonly<Record<string, readonly string[]>>;

/** What a command needs beside the campaign that it is about (reference 3.3). */
const argumentsOf = (task: HandedTask, base: string): Arguments => {
  const packageIds = task.packages.map(({ id }) => id);
  const windowEnd = task.until === null ? [] : [`${task.until}`];
  switch (task.kind) {
    case 'inventory':
      return {};
    case 'checkpoint':
      return { phase: [task.phase] };
    case 'reset':
      return { packageIds: packageIds.toReversed(), reason: [task.reason] };
    case 'run':
      return task.phase === 'download'
        ? { packageIds, ...toFetch(task, base), windowEnd }
        : { packageIds, windowEnd };
    default:
      return task satisfies never;
  }
};

const toFetch = ({ packages }: HandedTask, base: string): Arguments => ({
  packageUrls: packages.map(({ id }) => base + bytesPath(id)),
  packageSha256: packages.map(({ digests }) => digests.sha256),
  packageSizes: packages.map(({ digests }) => `${digests.size}`),
});

/** A task as the vendor's agent was told its commands; `base` is the address of the server. */
export const toCommandMessage = (task: HandedTask, deviceId: string, base: string): CommandMessage => {
  const command = commandOf(task);
  const given: Arguments = { campaignId: [task.campaign.id], ...argumentsOf(task, base) };
  return {
    commandId: task.id,
    deviceId,
    clientId: '',
    name: command,
    command,
    execPath: '',
    asRoot: false,
    arguments: Object.entries(given).map(([name, value]) => ({ name, type: 'STRING', value: [...value] })),
    createdTime: `${task.createdAt}`,
    lastUpdatedTime: `${task.handedAt}`,
  };
};
