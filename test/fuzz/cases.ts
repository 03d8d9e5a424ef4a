import fc from 'fast-check';
import { takes } from '../support/sample-body.ts';
import { type Dialect, type House, jsonIn, type Operation, type Sent, type Who } from './dialect.ts';
import { resolved, valuesOf } from './from-schema.ts';
import { brokenParts, bytesOf, contentTypes, type Fault, faults, spoiled, strangeIds } from './spoil.ts';

/** A parameter of a path: text that is encoded, or a part that is sent as it is. */
type Part = { readonly text: string } | { readonly raw: string };

/** A request before it is known which things are there. */
export type Case = {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, Part>>;
  readonly query: unknown;
  readonly body: unknown;
  readonly bytes: Buffer;
  readonly faults: readonly Fault[] | null;
  readonly queryFaults: readonly Fault[] | null;
  readonly written: (text: string) => string | Buffer;
  readonly type: string;
  readonly who: Who;
  readonly method: string | null;
  readonly extra: Readonly<Record<string, string>>;
};

const paramsIn = (path: string): readonly string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);

const seldom = <Value>(arbitrary: fc.Arbitrary<Value>, times: number): fc.Arbitrary<Value | null> =>
  fc.oneof({ weight: times, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const partOf = (kind: string): fc.Arbitrary<Part> => {
  const ids = (of: string) => fc.nat({ max: 1_000 }).map((at): Part => ({ text: `@@${of}:${at}` }));
  return fc.oneof(
    { weight: 20, arbitrary: ids(kind) },
    { weight: 1, arbitrary: ids(`foreign_${kind}`) },
    { weight: 1, arbitrary: strangeIds.map((text): Part => ({ text })) },
    { weight: 1, arbitrary: fc.constantFrom(...brokenParts).map((raw): Part => ({ raw })) },
  );
};

const extras: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        'if-match': fc.constantFrom('"1"', '"2"', '"0"', '*', 'W/"1"', 'nonsense', '""'),
        'idempotency-key': fc.constantFrom('a', 'b', 'c', '', 'x'.repeat(300)),
        'muster-account': fc.constantFrom('DEFAULT', '', 'nowhere', '%00', 'a'.repeat(300)),
        accept: fc.constantFrom(
          'application/json',
          'text/html',
          '*/*',
          'nonsense',
          'application/vnd.none+json;version=9',
        ),
        range: fc.constantFrom(
          'bytes=0-',
          'bytes=5-2',
          'bytes=-1',
          'bytes=99999999-',
          'items=1-2',
          'bytes=0-0,2-3',
        ),
        'x-request-id': fc.constantFrom('a', 'x'.repeat(1_000)),
        'content-encoding': fc.constantFrom('gzip', 'identity', 'br'),
        traceparent: fc.constantFrom('00-0-0-0', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
      },
      { requiredKeys: [] },
    ),
  },
);

const whos = fc.oneof(
  { weight: 40, arbitrary: fc.constant<Who>('own') },
  { weight: 4, arbitrary: fc.constantFrom<Who>('foreign', 'server', 'nobody', 'nonsense') },
);

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

const caseOf = (operation: Operation, { naming, kindOf }: Dialect): fc.Arbitrary<Case> => {
  const { path, query, body, bytes } = operation;
  const params = fc.record(Object.fromEntries(paramsIn(path).map((name) => [name, partOf(kindOf(name))])));
  return fc.record({
    operation: fc.constant(operation),
    params,
    query: query === undefined ? fc.constant({}) : valuesOf(query, naming),
    body: body === undefined ? fc.constant(undefined) : valuesOf(body, naming),
    bytes: fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value)),
    faults: seldom(faults, 1),
    queryFaults: seldom(faults, 5),
    written: bytesOf,
    type:
      bytes.length === 0
        ? contentTypes
        : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...bytes) }, contentTypes),
    who: whos,
    method: seldom(fc.constantFrom(...methods), 60),
    extra: extras,
  });
};

const SELDOM = 1;
const OFTEN = 40;

/** Requests of all operations of a dialect. */
export const casesOf = (dialect: Dialect): fc.Arbitrary<Case> =>
  fc.oneof(
    ...dialect.operations.map((operation) => ({
      weight: operation.isSlow ? SELDOM : OFTEN,
      arbitrary: caseOf(operation, dialect),
    })),
  );

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const searchOf = (query: unknown): string => {
  if (typeof query !== 'object' || query === null) return '';
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value]
      .flat()
      .map(
        (one) => `${encoded(name)}=${encoded(typeof one === 'object' ? JSON.stringify(one) : String(one))}`,
      ),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

const withFaults = (value: unknown, given: readonly Fault[] | null): unknown =>
  (given ?? []).reduce((before, fault) => spoiled(before, fault), value);

const isFine = (part: Part | undefined): boolean =>
  part !== undefined && 'text' in part && part.text.startsWith('@@') && !part.text.startsWith('@@foreign');

const urlOf = ({ operation, params }: Case, { idOf }: House): string =>
  operation.path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const part = params[name];
    if (part === undefined) return '';
    return 'raw' in part ? part.raw : encoded(String(resolved(part.text, idOf)));
  });

const payloadOf = (one: Case, body: unknown): string | Buffer | undefined => {
  if (one.operation.bytes.length > 0) return one.bytes;
  if (one.operation.body === undefined) return undefined;
  return one.written(JSON.stringify(body) ?? '');
};

const isBodyFine = ({ operation, type }: Case, payload: string | Buffer | undefined): boolean => {
  if (operation.body === undefined) return operation.bytes.length === 0;
  if (typeof payload !== 'string' || !type.startsWith('application/json')) return false;
  const said = jsonIn({ text: payload });
  // A key that comes twice is refused whatever its values are, and so is half of a surrogate pair.
  const isPlain = payload === JSON.stringify(said) && !/\\ud[89a-f]/i.test(payload);
  return isPlain && takes(operation.body, said);
};

/** The request of a case, now that it is known which things are there. */
export const requestOf = (one: Case, house: House): Sent => {
  const { operation, who, extra } = one;
  const query = withFaults(resolved(one.query, house.idOf), one.queryFaults);
  const payload = payloadOf(one, withFaults(resolved(one.body, house.idOf), one.faults));
  const method = one.method ?? operation.method;
  const url = urlOf(one, house) + searchOf(query);
  const headers = {
    ...house.headersOf(who),
    ...extra,
    ...(payload !== undefined && { 'content-type': one.type }),
  };
  const isRouted =
    method === operation.method &&
    Object.values(one.params).every((part) => 'text' in part && part.text !== '');
  const isQueryFine = one.queryFaults === null;
  const isValid =
    isRouted &&
    who === 'own' &&
    Object.keys(extra).length === 0 &&
    Object.values(one.params).every(isFine) &&
    isQueryFine &&
    isBodyFine(one, payload);
  return { operation, who, method, url, headers, payload, isValid, isRouted };
};
