import { type Static, Type } from 'typebox';
import { Empty, EpochMs, Id, Int32, Int64, Text } from './common.ts';
import { pulseRoutes } from './route.ts';

/** What a gateway is told to do over this wire (reference 3.3). */
export const agentCommands = [
  'OTA_INVENTORY',
  'OTA_DOWNLOAD',
  'OTA_EXECUTE',
  'OTA_ACTIVATE',
  'OTA_RESET',
  'OTA_CHECKPOINT',
] as const;
export type AgentCommand = (typeof agentCommands)[number];

export const commandStatuses = ['RECEIVED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'REJECTED'] as const;
export type CommandStatus = (typeof commandStatuses)[number];

const CommandMessage = Type.Object({
  commandId: Id,
  deviceId: Id,
  clientId: Type.String(),
  name: Type.String(),
  command: Type.Unsafe<AgentCommand>({ type: 'string', enum: [...agentCommands] }),
  execPath: Type.String(),
  asRoot: Type.Boolean(),
  arguments: Type.Array(
    Type.Object({ name: Type.String(), type: Type.String(), value: Type.Array(Type.String()) }),
  ),
  createdTime: EpochMs,
  lastUpdatedTime: EpochMs,
});
export type CommandMessage = Static<typeof CommandMessage>;

const CommandReport = Type.Object({
  commandId: Id,
  status: Type.Unsafe<CommandStatus>({ type: 'string', enum: [...commandStatuses] }),
  message: Type.Optional(Text),
  exitCode: Type.Optional(Int32),
});

const Property = Type.Object({ name: Type.String(), value: Type.String() });

const gateway = '/devices/:gatewayId';
const progress = `/campaigns/:campaignId${gateway}/progress`;
const ids = { campaignId: Type.Optional(Id), gatewayId: Type.Optional(Id) } as const;

/** Every operation of the gateways' side, by name. */
export const agentRoutes = pulseRoutes({
  pollCommands: {
    method: 'GET',
    path: `${gateway}/commands`,
    access: 'gateway',
    summary: 'What the gateway is to do now; waits for it if asked to',
    source: 'known',
    query: Type.Object({ waitSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 60 })) }),
    reply: Type.Object({ commandMessage: Type.Array(CommandMessage) }),
  },
  reportCommands: {
    method: 'PUT',
    path: `${gateway}/commands`,
    access: 'gateway',
    summary: 'How far the gateway is with what it was told',
    source: 'known',
    body: Type.Object({ commands: Type.Array(CommandReport, { minItems: 1, maxItems: 100 }) }),
    reply: Type.Object({ unknown: Type.Array(Id) }),
  },
  setDownloadProgress: {
    method: 'PUT',
    path: `${progress}/download`,
    access: 'gateway',
    summary: 'How many bytes of each package the gateway has',
    source: 'own',
    body: Type.Object({
      packagesProgress: Type.Array(Type.Object({ id: Id, progress: Int64, total: Int64 }), {
        maxItems: 1_000,
      }),
      ...ids,
    }),
    reply: Empty,
  },
  setExecutionProgress: {
    method: 'PUT',
    path: `${progress}/execution`,
    access: 'gateway',
    summary: 'Lines that the gateway prints while it carries out a phase',
    source: 'own',
    body: Type.Object({
      progress: Type.Array(Text, { maxItems: 1_000 }),
      phase: Type.Optional(
        Type.String({ description: 'DOWNLOAD, EXECUTION or ACTIVATION; EXECUTION if absent.' }),
      ),
      packageId: Type.Optional(Id),
      ...ids,
    }),
    reply: Empty,
  },
  enrollGateway: {
    method: 'GET',
    path: `${gateway}/enroll`,
    access: 'gateway',
    summary: 'The gateway takes the place of its device',
    source: 'known',
    reply: Type.Object({ id: Id }),
  },
  unenrollGateway: {
    method: 'DELETE',
    path: `${gateway}/unenroll`,
    access: 'gateway',
    summary: 'The gateway gives its place up',
    source: 'known',
    reply: Empty,
  },
  setSystemProperties: {
    method: 'POST',
    path: `${gateway}/system-properties`,
    access: 'gateway',
    summary: 'What the gateway is: properties of its system, and versions of what is on it',
    source: 'known',
    body: Type.Object({
      upsert: Type.Optional(Type.Array(Property, { maxItems: 1_000 })),
      remove: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
    }),
    reply: Empty,
  },
});
export type AgentRoutes = typeof agentRoutes;
export type AgentRouteName = keyof AgentRoutes;
