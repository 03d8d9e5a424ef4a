import type { Scalar } from '../../domain/targeting.ts';

/** How a device wants to be dealt with (D.6). */
export type Profile = {
  /** The node x of FUMO; `null` is looked for. */
  readonly fumo: string | null;
  readonly scomo: string | null;
  /** Where a node for firmware may be made when there is none. */
  readonly parent: string | null;
  readonly mode: Mode;
  readonly results: 'standard' | 'verizon';
  /** Whether PkgURL names a download descriptor rather than the package itself. */
  readonly descriptor: boolean;
  /** Success counts without the version that was meant. */
  readonly trust: boolean;
  readonly versionNode: string;
};

/** `in-band` sends the bytes of the package inside the session. */
const modes = ['auto', 'one-step', 'two-steps', 'in-band'] as const;
export type Mode = (typeof modes)[number];

type Values = Readonly<Record<string, Scalar>>;

/** Attributes that make a profile, as docs/protocols/oma-dm.md lists them; the account's settings have the same names. */
const profileNames = [
  'dm.fumo',
  'dm.scomo',
  'dm.parent',
  'dm.mode',
  'dm.results',
  'dm.descriptor',
  'dm.trust',
  'dm.version',
] as const;
type ProfileName = (typeof profileNames)[number];

const isYes = (text: string | null): boolean => text === 'yes' || text === 'true';

const nodeIn = (text: string | null): string | null =>
  text !== null && /^\.\/[^?\s]{1,200}$/.test(text) ? text.replace(/\/+$/, '') : null;

/** The attributes of the device, then the settings of its account; a value that cannot be is as none. */
export const profileOf = (attributes: Values, settings: Values): Profile => {
  const of = (name: ProfileName): string | null => {
    for (const values of [attributes, settings]) {
      if (Object.hasOwn(values, name)) return `${values[name]}`;
    }
    return null;
  };
  const mode = modes.find((one) => one === of('dm.mode')) ?? 'auto';
  return {
    fumo: nodeIn(of('dm.fumo')),
    scomo: nodeIn(of('dm.scomo')),
    parent: nodeIn(of('dm.parent')),
    mode,
    results: of('dm.results') === 'verizon' ? 'verizon' : 'standard',
    descriptor: isYes(of('dm.descriptor')),
    trust: isYes(of('dm.trust')),
    versionNode: nodeIn(of('dm.version')) ?? './DevDetail/FwV',
  };
};
