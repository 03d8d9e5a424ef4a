import type { Device } from '../../../wire/muster/devices.ts';
import type { Column } from '../../parts/data-table.tsx';
import styles from '../../parts/row.module.css';
import { RowLink } from '../../parts/row-link.tsx';
import { When } from '../../parts/when.tsx';

const ID: Column<Device> = {
  ...{ name: 'id', header: 'Device', width: 'minmax(104px, 1.6fr)' },
  cell: ({ id, name }) => (
    <>
      <RowLink to="/devices/$device" params={{ device: id }}>
        {id}
      </RowLink>
      {name !== '' && name !== id && <span className={styles.quiet}> {name}</span>}
    </>
  ),
};

/** The columns that can be chosen beside the id. */
const known: readonly Column<Device>[] = [
  {
    ...{ name: 'model', header: 'Model', width: 'minmax(100px, 1fr)', wide: true },
    cell: ({ make, model }) => [make, model].filter(Boolean).join(' ') || '–',
  },
  {
    ...{ name: 'firmware', header: 'Firmware', width: 'minmax(80px, 1fr)' },
    cell: ({ versions }) => versions['firmware'] ?? '–',
  },
  {
    ...{ name: 'protocol', header: 'Protocol', width: '110px', wide: true },
    cell: ({ protocol, standing }) => (standing === 'waiting' ? `${protocol}, waits` : protocol),
  },
  {
    ...{ name: 'tags', header: 'Tags', width: 'minmax(80px, 1fr)', wide: true },
    cell: ({ tags }) => tags.join(', '),
  },
  {
    ...{ name: 'zone', header: 'Time zone', width: 'minmax(110px, 1fr)', wide: true },
    cell: ({ timeZone }) => timeZone || '–',
  },
  {
    ...{ name: 'since', header: 'Known since', width: '100px', align: 'right', wide: true },
    cell: ({ createdAt }) => <When at={createdAt} />,
  },
  {
    ...{ name: 'seen', header: 'Last seen', width: '88px', align: 'right' },
    cell: ({ lastSeenAt }) => <When at={lastSeenAt} />,
  },
];

const ATTRIBUTE = 'attribute ';

const ofAttribute = (attribute: string): Column<Device> => ({
  ...{ name: `${ATTRIBUTE}${attribute}`, header: attribute, width: 'minmax(80px, 1fr)', wide: true },
  cell: ({ attributes }) => String(attributes[attribute] ?? '–'),
});

/** Names of the columns that are shown unless somebody has chosen others. */
export const usual: readonly string[] = ['model', 'firmware', 'protocol', 'tags', 'seen'];

/** What can be chosen, where devices are known to have these attributes. */
export const columnOptions = (attributes: readonly string[]) => [
  ...known.map(({ name, header }) => ({ value: name, label: header })),
  ...attributes.map((name) => ({ value: `${ATTRIBUTE}${name}`, label: name })),
];

/** The columns of these names, in their own order: what was seen last is at the end. */
export const columnsOf = (names: readonly string[]): readonly Column<Device>[] => {
  const attributes = names.filter((name) => name.startsWith(ATTRIBUTE));
  const chosen = known.filter(({ name }) => names.includes(name));
  const isLast = ({ align }: Column<Device>): boolean => align === 'right';
  return [
    ID,
    ...chosen.filter((column) => !isLast(column)),
    ...attributes.map((name) => ofAttribute(name.slice(ATTRIBUTE.length))),
    ...chosen.filter(isLast),
  ];
};

/** Picks lines of the list; `toggle` is told whose box was clicked. */
export const pickColumn = (picked: ReadonlySet<string>, toggle: (id: string) => void): Column<Device> => ({
  ...{ name: 'pick', header: 'Pick', width: '32px' },
  cell: ({ id }) => (
    <input
      type="checkbox"
      className={styles.pick}
      aria-label={`Pick ${id}`}
      checked={picked.has(id)}
      onChange={() => toggle(id)}
    />
  ),
});
