import { normaliseDeviceId } from '../../domain/device.ts';
import { MOST_DEVICES } from '../../wire/thingspace/common.ts';
import { BadRequest } from './errors.ts';

/** The devices of a request as Muster names them, each once. Throws `BadRequest` for none and for too many. */
export const deviceIdsIn = (given: readonly string[]): readonly string[] => {
  const ids = [...new Set(given.map(normaliseDeviceId).filter((id) => id !== ''))];
  if (ids.length === 0) throw new BadRequest('Device list is empty');
  if (ids.length > MOST_DEVICES) throw new BadRequest('Too many devices');
  return ids;
};

/** The number of a record, from 0 on; absent is the first. Throws `BadRequest`. */
export const indexIn = (text: string | undefined): number => {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw new BadRequest('Invalid index value');
  return Number(text);
};
