import { Checkbox, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { permissionsQuery } from '../../data/settings.ts';
import { Loaded } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { groupsOf } from '../../words/permissions.ts';
import styles from './settings.module.css';

type PermissionPickerProps = {
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
};

/** What there is to allow, by what it is about. Nobody can give what they do not have. */
export const PermissionPicker = ({ chosen, onChange }: PermissionPickerProps) => {
  const may = useMay();
  const query = useQuery(permissionsQuery(useApi()));
  return (
    <Loaded query={query} what="what can be allowed">
      {({ items }) => (
        <div className={styles.permissions}>
          {groupsOf(items.map(({ name }) => name)).map(({ about, names }) => (
            <Checkbox.Group
              key={about}
              label={about}
              value={chosen.filter((name) => names.includes(name))}
              onChange={(next) => onChange([...chosen.filter((name) => !names.includes(name)), ...next])}
            >
              <Stack gap={10} mt={6}>
                {names.map((name) => (
                  <Checkbox
                    key={name}
                    size="xs"
                    value={name}
                    label={name}
                    disabled={!(may(name) || chosen.includes(name))}
                  />
                ))}
              </Stack>
            </Checkbox.Group>
          ))}
        </div>
      )}
    </Loaded>
  );
};
