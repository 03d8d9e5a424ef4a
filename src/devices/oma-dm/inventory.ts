import { textOf } from './data.ts';
import type { Item } from './message.ts';
import type { Answers } from './record.ts';
import type { Inventory } from './script-types.ts';

/** Leaves of DevInfo and DevDetail that are kept, by the attribute that they are (B1.6). */
const attributesByNode: Readonly<Record<string, string>> = {
  './devinfo/devid': 'dm.DevId',
  './devinfo/dmv': 'dm.DmV',
  './devinfo/lang': 'dm.Lang',
  './devdetail/devtyp': 'dm.DevTyp',
  './devdetail/oem': 'dm.OEM',
  './devdetail/hwv': 'dm.HwV',
  './devdetail/swv': 'dm.SwV',
  './devdetail/lrgobj': 'dm.LrgObj',
};

const LONGEST = 256;

const tidy = (text: string): string =>
  text.trim().replaceAll('\0', '\ufffd').toWellFormed().slice(0, LONGEST);

/** What was told of a device, by node in lower case. */
export type Told = Readonly<Record<string, string>>;

/** Leaves in the items of a Replace; interior nodes are left out. */
export const toldIn = (items: readonly Item[]): Told =>
  Object.fromEntries(
    items.flatMap(({ source, target, meta, data }) => {
      const node = (source ?? target ?? '').toLowerCase();
      if (node === '' || meta?.format === 'node' || data === undefined) return [];
      return [[node, tidy(textOf(data))]];
    }),
  );

/** Leaves in the answers to our questions. */
export const toldInAnswers = (answers: Answers): Told =>
  Object.fromEntries(
    Object.values(answers).flatMap(({ items }) =>
      items
        .filter(({ format, source }) => format !== 'node' && source !== '')
        .map(({ source, data }) => [source.toLowerCase(), tidy(data)]),
    ),
  );

/** Make, model, versions and attributes in what was told; nothing where nothing was told, or it is empty. */
export const inventoryOf = (
  told: Told,
  firmware: string | null,
  others: Inventory['attributes'] = {},
): Inventory => {
  const make = told['./devinfo/man'];
  const model = told['./devinfo/mod'];
  const attributes = Object.entries(attributesByNode).flatMap(([node, name]) => {
    const value = told[node];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return {
    ...(make !== undefined && make !== '' && { make }),
    ...(model !== undefined && model !== '' && { model }),
    versions: firmware === null || firmware === '' ? {} : { firmware },
    attributes: { ...Object.fromEntries(attributes), ...others },
  };
};
