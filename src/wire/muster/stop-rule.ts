import Type, { type Static } from 'typebox';
import { exact, Id, nullable, word } from './common.ts';

export const signals = ['failed', 'rejected', 'timed-out', 'silent', 'rolled-back', 'any'] as const;
export const stopActions = ['alert', 'hold', 'pause', 'abort', 'roll-back'] as const;

const Threshold = Type.Union([
  exact({ percent: Type.Number({ minimum: 0, maximum: 100 }) }),
  exact({ count: Type.Integer({ minimum: 1, maximum: 10_000_000 }) }),
]);

/** When a campaign stops by itself. */
export const StopRule = exact(
  {
    signal: word(signals, { description: 'What is counted among the closed devices of the scope.' }),
    scope: Type.Union([
      exact({ by: word(['campaign']) }),
      exact({ by: word(['wave']) }),
      exact({ by: word(['attribute']), attribute: Type.String({ minLength: 1, maxLength: 256 }) }),
    ]),
    minimum: Type.Integer({
      minimum: 1,
      maximum: 10_000_000,
      description: 'Closed devices of the scope before the rule says anything.',
    }),
    threshold: Threshold,
    action: word(stopActions, {
      description: 'hold: no device of the scope enters another phase. Devices in progress finish.',
    }),
    rollBackTo: Type.Optional(
      nullable(
        Type.Unsafe<string>({ ...Id, description: 'Of roll-back alone: the package that they go back to.' }),
      ),
    ),
  },
  { description: 'What makes a campaign stop by itself.' },
);
export type StopRule = Static<typeof StopRule>;
