import { Text } from '@mantine/core';
import { count, plural, sentence } from '../../words/format.ts';
import styles from './create.module.css';
import { usePlanning } from './plan-context.ts';

/** Devices that match and cannot take part as they are, by reason. */
export const Exclusions = () => {
  const { examination, form } = usePlanning();
  if (examination === undefined || form.plan.packages.length === 0) return null;
  const { devices, examined, excluded } = examination;
  const out = excluded.reduce((sum, one) => sum + one.devices, 0);
  if (examined === 0) return null;
  if (out === 0) {
    return (
      <Text size="sm" c="dimmed">
        {examined < devices
          ? `All of the first ${count(examined)} can take part.`
          : 'All of them can take part.'}
      </Text>
    );
  }
  return (
    <div className={styles.excluded}>
      <Text size="sm" fw={600}>
        {plural(out, 'device')} {examined < devices && `of the first ${count(examined)} `}cannot take part as
        things are
      </Text>
      <ul aria-label="Devices that cannot take part, by reason">
        {excluded.map(({ reason, message, devices: many, examples }) => (
          <li key={reason}>
            <span className={styles.excludedCount}>{count(many)}</span>
            <span>
              {sentence(message)}
              <Text span size="xs" c="dimmed">
                {' '}
                {examples.join(', ')}
                {many > examples.length ? ', …' : ''}
              </Text>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
};
