import type { Transfers } from '../../app/records.ts';
import type { TransfersRow } from '../tables.ts';
import { parse } from './codec.ts';

export const fromTransfersRow = ({
  generation,
  packages,
}: Pick<TransfersRow, 'generation' | 'packages'>): Transfers => ({
  generation,
  packages: parse<Transfers['packages']>(packages),
});
