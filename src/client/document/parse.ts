import { type Document, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { CampaignDocument } from '../../wire/muster/campaign-document.ts';
import { check, type Finding, type Path } from './check.ts';
import { campaignSchema } from './schema.ts';

/** What is wrong with a text, where: lines and columns from 1, and the name of the place, empty for the whole. */
export type Flaw = {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
};

/** A document, or what is wrong; `placeOf` tells where in the text something of it stands. */
export type Parsed =
  | {
      readonly ok: true;
      readonly document: CampaignDocument;
      readonly placeOf: (path: Path) => Pick<Flaw, 'line' | 'column'>;
    }
  | { readonly ok: false; readonly flaws: readonly Flaw[] };

/** Reads a campaign from YAML or JSON, and says everything that is wrong with it. */
export const parseCampaign = (text: string): Parsed => {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines });
  if (parsed.errors.length > 0) {
    const flaws = parsed.errors.map(({ pos, message }) => ({
      ...placeOf(lines, pos[0]),
      path: '',
      message: message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message,
    }));
    return { ok: false, flaws };
  }
  const value: unknown = parsed.toJS();
  const findings = check(campaignSchema, value ?? {});
  const flaws = [...findings, ...contradictions(value)].map((finding) => toFlaw(parsed, lines, finding));
  // The schema has just said that it is one.
  return flaws.length === 0
    ? {
        ok: true,
        document: value as CampaignDocument,
        placeOf: (path) => placeOf(lines, offsetOf(parsed, path, 'value')),
      }
    : { ok: false, flaws: flaws.toSorted((a, b) => a.line - b.line || a.column - b.column) };
};

/** What a schema cannot say in words that people understand. */
const contradictions = (value: unknown): readonly Finding[] => {
  const target = inside(inside(value, 'spec'), 'target');
  if (inside(target, 'devices') === undefined || inside(target, 'file') === undefined) return [];
  return [
    { path: ['spec', 'target', 'file'], at: 'name', message: '"devices" and "file" exclude each other' },
  ];
};

const inside = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;

const placeOf = (lines: LineCounter, offset: number) => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
};

/** A path as people write it: `spec.rollout.waves[1].name`. */
export const pathText = (path: Path): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');

const toFlaw = (parsed: Document, lines: LineCounter, { path, at, message }: Finding): Flaw => ({
  ...placeOf(lines, offsetOf(parsed, path, at)),
  path: pathText(path),
  message,
});

const startOf = (node: Node | undefined): number | undefined => node?.range?.[0];

const offsetOf = (parsed: Document, path: Path, at: Finding['at']): number => {
  if (at === 'name') {
    const key = keyOf(parsed, path);
    if (key !== undefined) return key;
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const node = parsed.getIn(path.slice(0, length), true);
    const start = isNode(node) ? startOf(node) : undefined;
    if (start !== undefined) return start;
  }
  return 0;
};

const keyOf = (parsed: Document, path: Path): number | undefined => {
  const parent = path.length === 1 ? parsed.contents : parsed.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((one) => isPair(one) && isScalar(one.key) && one.key.value === path.at(-1));
  return pair !== undefined && isNode(pair.key) ? startOf(pair.key) : undefined;
};
