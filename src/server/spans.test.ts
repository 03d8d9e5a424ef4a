import { describe, expect, it } from 'vitest';
import { beginSpan, type FinishedSpan, parentOf } from './spans.ts';

const [trace, span] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

describe('traceparent', () => {
  it('names the span of the caller, and says whether it records', () => {
    expect(parentOf(`00-${trace}-${span}-01`)).toEqual({ traceId: trace, spanId: span });
    expect(parentOf(`00-${trace}-${span}-00`)).toBe('unsampled');
    expect(parentOf(`00-${trace}-${span}-03`)).toEqual({ traceId: trace, spanId: span });
  });

  it.each([
    undefined,
    '',
    `00-${trace}-${span}`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    [`00-${trace}-${span}-01`],
  ])('is nothing as %j', (header) => {
    expect(parentOf(header)).toBeUndefined();
  });
});

describe('a span', () => {
  it('hangs below its parent, has values by their types, and says what it failed of', () => {
    const ended: FinishedSpan[] = [];
    const given = { name: 'push', kind: 'client', parent: { traceId: trace, spanId: span } } as const;
    beginSpan(given, (one) => ended.push(one)).end({ host: 'a', status: 503 }, 'no room');
    expect(ended).toMatchObject([
      {
        ...{ traceId: trace, parentSpanId: span, name: 'push', kind: 3 },
        attributes: [
          { key: 'host', value: { stringValue: 'a' } },
          { key: 'status', value: { intValue: '503' } },
        ],
        status: { code: 2, message: 'no room' },
      },
    ]);
    expect(ended[0]?.startTimeUnixNano).toMatch(/^\d{19}$/);
  });
});
