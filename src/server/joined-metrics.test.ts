import { describe, expect, it } from 'vitest';
import { joinMetrics } from './joined-metrics.ts';

const textOf = (polls: number, shared: number): string =>
  [
    '# HELP polls Times.',
    '# TYPE polls counter',
    `polls{protocol="d{d} i"} ${polls}`,
    `polls{protocol="gateway"} 0`,
    '# HELP streams Open.',
    '# TYPE streams gauge',
    'streams 3',
    '# HELP updates Of the database.',
    '# TYPE updates gauge',
    `updates ${shared}`,
    '',
  ].join('\n');

describe('the metrics of several workers', () => {
  it('have one head, a line of each, and once what they share', () => {
    const texts = [
      { worker: 2, text: textOf(5, 70) },
      { worker: 1, text: textOf(6, 71) },
    ];
    expect(joinMetrics(texts, new Set(['updates']))).toBe(
      `${[
        '# HELP polls Times.',
        '# TYPE polls counter',
        'polls{protocol="d{d} i",worker="2"} 5',
        'polls{protocol="gateway",worker="2"} 0',
        'polls{protocol="d{d} i",worker="1"} 6',
        'polls{protocol="gateway",worker="1"} 0',
        '# HELP streams Open.',
        '# TYPE streams gauge',
        'streams{worker="2"} 3',
        'streams{worker="1"} 3',
        '# HELP updates Of the database.',
        '# TYPE updates gauge',
        'updates 70',
      ].join('\n')}\n`,
    );
  });
});
