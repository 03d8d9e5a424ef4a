import { randomBytes } from 'node:crypto';

/** Numbers of OTLP: `SPAN_KIND_INTERNAL`, `_SERVER` and `_CLIENT`. */
export const kinds = { internal: 1, server: 2, client: 3 } as const;

export type Attributes = Readonly<Record<string, string | number>>;

/** A piece of work under way. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  /** Ends it; what it `failed` of is said in words, and is absent when it did not. */
  readonly end: (attributes: Attributes, failed?: string) => void;
};

/** Where a span hangs: below another, which may be one of somebody else's process. */
export type Parent = Pick<Span, 'traceId' | 'spanId'>;

/** A span as OTLP/HTTP has it in JSON (opentelemetry-proto, trace.proto; ids in hex, instants in nanoseconds as text). */
export type FinishedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly object[];
  readonly status: { readonly code?: number; readonly message?: string };
};

const ERROR = 2;

/** Nanoseconds since 1970 as text, to the microsecond: more digits than that a number cannot hold. */
const nanoseconds = (): string => `${Math.round((performance.timeOrigin + performance.now()) * 1_000)}000`;

const anyValue = (value: string | number): object =>
  typeof value === 'string' ? { stringValue: value } : { intValue: String(Math.round(value)) };

export const attributesOf = (attributes: Attributes): readonly object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

/** Begins a span, which is handed over once it ends. */
export const beginSpan = (
  given: { readonly name: string; readonly kind: keyof typeof kinds; readonly parent: Parent | undefined },
  handOver: (span: FinishedSpan) => void,
): Span => {
  const { name, kind, parent } = given;
  const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const startTimeUnixNano = nanoseconds();
  return {
    traceId,
    spanId,
    end: (attributes, failed) =>
      handOver({
        traceId,
        spanId,
        ...(parent !== undefined && { parentSpanId: parent.spanId }),
        name,
        kind: kinds[kind],
        startTimeUnixNano,
        endTimeUnixNano: nanoseconds(),
        attributes: attributesOf(attributes),
        status: failed === undefined ? {} : { code: ERROR, message: failed },
      }),
  };
};

const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** The caller's span, from a `traceparent` header (W3C Trace Context, 3.2); `unsampled` where it asks for no record. */
export const parentOf = (header: unknown): Parent | 'unsampled' | undefined => {
  const match =
    typeof header === 'string' ? /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header) : null;
  const [, traceId, spanId, flags] = match ?? [];
  if (traceId === undefined || spanId === undefined || traceId === NO_TRACE || spanId === NO_SPAN)
    return undefined;
  return (Number.parseInt(flags ?? '00', 16) & 1) === 1 ? { traceId, spanId } : 'unsampled';
};
