import { it } from 'vitest';
import { noteFuzz } from '../../support/note-fuzz.ts';
import { takeHalfInXml } from './hostile-codec.ts';

it('half a million other inputs in XML are read or refused, and none throws or takes long', async () => {
  takeHalfInXml(1);
  await noteFuzz('second half of XML');
}, 120_000);
