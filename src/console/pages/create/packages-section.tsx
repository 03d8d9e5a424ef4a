import { ActionIcon, Group, Select, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Package } from '../../../wire/muster/packages.ts';
import { packageChoicesQuery } from '../../data/planning.ts';
import { packageQuery } from '../../data/queries.ts';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { useApi } from '../../session/use-session.ts';
import { bytes } from '../../words/format.ts';
import styles from './create.module.css';
import { useFlaw, usePlanning } from './plan-context.ts';

const PAUSE = 200;

/** `gateway-os 2.1.0`, and for whom it is. */
const detail = ({ kind, size, make, model, fromVersion }: Package): string =>
  [
    `${kind}, ${bytes(size)}`,
    ...([make, model].some(Boolean) ? [`for ${[make, model].filter(Boolean).join(' ')}`] : []),
    ...(fromVersion === '' ? [] : [`from ${fromVersion}`]),
  ].join(' · ');

const moved = (ids: readonly string[], from: number, to: number): string[] => {
  const others = ids.filter((_, place) => place !== from);
  return [...others.slice(0, to), ids[from] ?? '', ...others.slice(to)];
};

type ChosenProps = {
  readonly ids: readonly string[];
  readonly onChange: (ids: string[]) => void;
};

const Chosen = ({ ids, onChange }: ChosenProps) => {
  const api = useApi();
  const known = useQueries({ queries: ids.map((id) => packageQuery(api, id)) });
  return (
    <ol className={styles.chosen}>
      {ids.map((id, place) => {
        const pack = known[place]?.data;
        const name = pack === undefined ? id : `${pack.name} ${pack.version}`;
        return (
          <li key={id}>
            <span className={styles.grow}>
              <Text span size="sm" fw={600}>
                {name}
              </Text>{' '}
              <Text span size="sm" c="dimmed">
                {pack !== undefined && detail(pack)}
              </Text>
            </span>
            {ids.length > 1 && (
              <>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`${name}: earlier`}
                  disabled={place === 0}
                  onClick={() => onChange(moved(ids, place, place - 1))}
                >
                  <IconArrowUp size={16} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`${name}: later`}
                  disabled={place === ids.length - 1}
                  onClick={() => onChange(moved(ids, place, place + 1))}
                >
                  <IconArrowDown size={16} aria-hidden />
                </ActionIcon>
              </>
            )}
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Leave ${name} out`}
              onClick={() => onChange(ids.filter((one) => one !== id))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </li>
        );
      })}
    </ol>
  );
};

/** What is sent, in which order. */
export const PackagesSection = () => {
  const { form, change } = usePlanning();
  const { below } = useFlaw();
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed, PAUSE);
  const choices = useQuery(packageChoicesQuery(useApi(), text));
  const { packages } = form.plan;
  const offered = (choices.data?.items ?? []).filter(({ id }) => !packages.includes(id));
  const byId = new Map(offered.map((pack) => [pack.id, pack]));
  const isNone = choices.data !== undefined && choices.data.items.length === 0 && text === '';
  return (
    <Section title="Packages">
      {packages.length > 0 && <Chosen ids={packages} onChange={(next) => change({ packages: next })} />}
      {isNone ? (
        <Group gap={6}>
          <Text size="sm" c="dimmed">
            There are no packages yet.
          </Text>
          <PageLink to="/packages" size="sm">
            Upload one first
          </PageLink>
        </Group>
      ) : (
        <Select
          label={packages.length === 0 ? 'What to send' : 'Another one, applied after these'}
          placeholder="Search by name"
          searchable
          data={offered.map(({ id, name, version }) => ({ value: id, label: `${name} ${version}` }))}
          filter={({ options }) => options}
          renderOption={({ option }) => {
            const pack = byId.get(option.value);
            return (
              <div>
                <div>{option.label}</div>
                <Text size="xs" c="dimmed">
                  {pack !== undefined && detail(pack)}
                </Text>
              </div>
            );
          }}
          nothingFoundMessage={choices.isFetching ? 'Looking…' : 'No package of that name'}
          value={null}
          searchValue={typed}
          onSearchChange={setTyped}
          onChange={(id) => {
            if (id === null) return;
            change({ packages: [...packages, id] });
            setTyped('');
          }}
          error={below('/packages')}
          maw={480}
          comboboxProps={{ shadow: 'md' }}
        />
      )}
    </Section>
  );
};
