import Type, { type Static, type TProperties } from 'typebox';

/** What devices are sent holds what is named here and nothing else: some have buffers of a kilobyte. */
const exact = <const Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false });

const Link = exact({ href: Type.String() });
/** Text, because some clients take no number here; digits below 2^31, because others make one of it. */
const ActionId = Type.String({ pattern: '^1[0-9]{9}$' });
/** Eight characters below one day: no stock client reads the ISO form of longer times. */
const Sleep = Type.String({ pattern: '^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]$' });
const Handling = Type.Union([Type.Literal('forced'), Type.Literal('attempt')]);

/** What a poll is answered. */
export const Root = exact({
  config: exact({ polling: exact({ sleep: Sleep }) }),
  _links: Type.Optional(
    exact({
      deploymentBase: Type.Optional(Link),
      cancelAction: Type.Optional(Link),
      confirmationBase: Type.Optional(Link),
      installedBase: Type.Optional(Link),
      configData: Type.Optional(Link),
    }),
  ),
});
export type Root = Static<typeof Root>;

export const Artifact = exact({
  filename: Type.String(),
  hashes: exact({ sha1: Type.String(), md5: Type.String(), sha256: Type.String() }),
  size: Type.Integer(),
  _links: exact({ download: Link, md5sum: Link, 'download-http': Link, 'md5sum-http': Link }),
});
export type Artifact = Static<typeof Artifact>;

const Chunk = exact({
  part: Type.String(),
  version: Type.String(),
  name: Type.String(),
  artifacts: Type.Array(Artifact),
  metadata: Type.Optional(Type.Array(exact({ key: Type.String(), value: Type.String() }))),
});
export type Chunk = Static<typeof Chunk>;

const Content = exact({
  download: Handling,
  update: Type.Union([Handling, Type.Literal('skip')]),
  maintenanceWindow: Type.Optional(Type.Union([Type.Literal('available'), Type.Literal('unavailable')])),
  chunks: Type.Array(Chunk),
});

/** How far an action is, and what its device said of it, the latest first. */
export const ActionHistory = exact({ status: Type.String(), messages: Type.Array(Type.String()) });
export type ActionHistory = Static<typeof ActionHistory>;

export const Deployment = exact({
  id: ActionId,
  deployment: Content,
  actionHistory: Type.Optional(ActionHistory),
});
export type Deployment = Static<typeof Deployment>;

export const Confirmation = exact({
  id: ActionId,
  confirmation: Content,
  actionHistory: Type.Optional(ActionHistory),
});
export type Confirmation = Static<typeof Confirmation>;

export const Cancel = exact({ id: ActionId, cancelAction: exact({ stopId: ActionId }) });
export type Cancel = Static<typeof Cancel>;

export const ConfirmationBase = exact({
  autoConfirm: exact({
    active: Type.Boolean(),
    initiator: Type.Optional(Type.String()),
    remark: Type.Optional(Type.String()),
    activatedAt: Type.Optional(Type.Integer()),
  }),
  _links: exact({
    activateAutoConfirm: Type.Optional(Link),
    deactivateAutoConfirm: Type.Optional(Link),
    confirmationBase: Type.Optional(Link),
  }),
});
export type ConfirmationBase = Static<typeof ConfirmationBase>;

export const Artifacts = Type.Array(Artifact);

/** What every refusal but 401 looks like. */
export const ErrorBody = exact({
  exceptionClass: Type.String(),
  errorCode: Type.String(),
  message: Type.String(),
});
export type ErrorBody = Static<typeof ErrorBody>;
