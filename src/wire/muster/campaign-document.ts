import Type, { type Static, type TProperties } from 'typebox';
import { exact, Id, Name, nullable, word } from './common.ts';
import { plan } from './plan.ts';
import { StopRule } from './stop-rule.ts';

/** The version of the form that documents have. */
export const documentVersion = 'muster/v1';

const some = <Properties extends TProperties>(properties: Properties) =>
  Type.Partial(Type.Object(properties)).properties;

/** A package by its name and version, and by more where these are not enough. */
const NamedPackage = exact(
  {
    name: Name,
    version: Name,
    kind: Type.Optional(word(['firmware', 'software', 'file', 'bundle'])),
    make: Type.Optional(Type.String({ maxLength: 256 })),
    model: Type.Optional(Type.String({ maxLength: 256 })),
    fromVersion: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { description: 'A package by name and version; the rest tells packages apart that share both.' },
);

const PackageRef = Type.Union([
  Type.Unsafe<string>({ ...Id, description: 'A package by its id.' }),
  NamedPackage,
]);
export type PackageRef = Static<typeof PackageRef>;

const reevaluateSeconds = Type.Optional(
  Type.Integer({
    ...{ minimum: 0, maximum: 31_536_000, default: 0 },
    description: 'How often devices that match later join; 0 for never.',
  }),
);

const Target = Type.Union([
  exact(
    {
      by: word(['hand']),
      devices: Type.Optional(
        Type.Array(Id, {
          description: 'All of its devices: others are taken out. Without it they are left alone.',
        }),
      ),
      file: Type.Optional(
        Type.String({
          ...{ minLength: 1, maxLength: 4096 },
          description: 'A file with an id in each line, in place of `devices`; relative to the document.',
        }),
      ),
    },
    { description: 'Devices that are named.' },
  ),
  exact(
    {
      by: word(['query']),
      expression: Type.String({ maxLength: 8192 }),
      list: Type.Optional(nullable(Type.String({ maxLength: 128 }))),
      reevaluateSeconds,
    },
    { description: 'Devices that match an expression.' },
  ),
  exact(
    { by: word(['query']), query: Name, reevaluateSeconds },
    {
      description:
        'Devices that match a saved query, by its name or id, as it is when the document is applied.',
    },
  ),
]);

const { name: _, packages: __, stopRules: ___, target: ____, ...others } = plan;
const { download, install, retry, timeouts, ...simple } = others;

/** What a campaign is to be: the fields of a plan in the words of the API; what is left out is as in a new campaign. */
const Spec = exact({
  ...some(simple),
  packages: Type.Optional(Type.Array(PackageRef, { maxItems: 100, description: 'Applied in this order.' })),
  target: Type.Optional(Target),
  download: Type.Optional(exact(some(download.properties))),
  install: Type.Optional(exact(some(install.properties))),
  retry: Type.Optional(exact(some(retry.properties))),
  timeouts: Type.Optional(exact(some(timeouts.properties))),
  stopRules: Type.Optional(
    Type.Array(exact({ ...StopRule.properties, rollBackTo: Type.Optional(nullable(PackageRef)) }), {
      maxItems: 32,
    }),
  ),
});
export type Spec = Static<typeof Spec>;

/** A campaign as a document that people keep beside their code. */
export const CampaignDocument = exact(
  {
    apiVersion: word([documentVersion]),
    kind: word(['Campaign']),
    name: Type.Unsafe<string>({
      ...Name,
      description: 'Of the campaign; a document is applied to the one of its name.',
    }),
    spec: Spec,
  },
  { title: 'A campaign of Muster as a document' },
);
export type CampaignDocument = Static<typeof CampaignDocument>;

/** The same as JSON alone, for those who check documents with it. */
export const campaignSchema: Readonly<Record<string, unknown>> = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...JSON.parse(JSON.stringify(CampaignDocument)),
};
