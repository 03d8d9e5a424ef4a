import { ActionIcon, Button, Group, Select, TagsInput, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import type { QueryTerms } from '../../../wire/muster/queries.ts';
import {
  attributeField,
  type QueryForm as Form,
  fieldLabel,
  formOf,
  type Operator,
  operatorsOf,
  operatorText,
  plainFields,
  type QueryLine,
  queryText,
  valuesTaken,
} from '../../words/query-form.ts';
import styles from './devices.module.css';

type QueryFormProps = {
  /** The query as the server understands it; `null` where a form cannot show it. */
  readonly terms: QueryTerms | null | undefined;
  /** Attributes that devices are known to have. */
  readonly attributes: readonly string[];
  readonly onChange: (query: string) => void;
};

/** Fields whose values are words of a list. */
const known: Readonly<Record<string, readonly string[]>> = {
  protocol: ['ddi', 'gateway', 'lwm2m', 'oma-dm', 'custom'],
  standing: ['accepted', 'waiting'],
};

type ValueProps = {
  readonly line: QueryLine;
  readonly n: number;
  readonly onChange: (values: readonly string[]) => void;
};

const ValueInput = ({ line: { field, operator, values }, n, onChange }: ValueProps) => {
  const taken = valuesTaken(operator);
  const label = `Value of line ${n + 1}`;
  if (taken === 'none') return <span className={styles.value} />;
  if (taken === 'several') {
    return (
      <TagsInput
        className={styles.value}
        aria-label={label}
        placeholder={values.length === 0 ? 'Values, each with Enter' : ''}
        value={[...values]}
        onChange={onChange}
        data={[...(known[field] ?? [])]}
        acceptValueOnBlur
      />
    );
  }
  const [value = ''] = values;
  const isInstant = field === 'lastSeenAt' || field === 'createdAt';
  return (
    <TextInput
      className={styles.value}
      aria-label={label}
      placeholder={isInstant ? '2026-11-01 or 2026-11-01T08:00:00Z' : 'Value'}
      value={value}
      onChange={({ currentTarget }) => onChange([currentTarget.value])}
    />
  );
};

type LineProps = ValueProps & {
  readonly fields: readonly { readonly value: string; readonly label: string }[];
  readonly onLine: (line: QueryLine) => void;
  readonly onRemove: () => void;
};

const Line = ({ line, n, fields, onLine, onRemove, onChange }: LineProps) => {
  const { field, operator } = line;
  const operators = operatorsOf(field).includes(operator)
    ? operatorsOf(field)
    : [operator, ...operatorsOf(field)];
  const chooseField = (next: string | null): void => {
    if (next === null) return;
    const allowed = operatorsOf(next);
    onLine({ ...line, field: next, operator: allowed.includes(operator) ? operator : (allowed[0] ?? '=') });
  };
  return (
    <li className={styles.line}>
      <Select
        className={styles.field}
        aria-label={`Field of line ${n + 1}`}
        placeholder="Field"
        data={[...fields]}
        value={field === '' ? null : field}
        onChange={chooseField}
        searchable
        allowDeselect={false}
      />
      <Select
        className={styles.operator}
        aria-label={`Comparison of line ${n + 1}`}
        data={operators.map((value) => ({ value, label: operatorText(value, field) }))}
        value={operator}
        onChange={(next) => next !== null && onLine({ ...line, operator: next as Operator })}
        allowDeselect={false}
      />
      <ValueInput line={line} n={n} onChange={onChange} />
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Remove line ${n + 1}`}
        onClick={onRemove}
      >
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </li>
  );
};

const BLANK: QueryLine = { field: '', operator: '=', values: [] };
const EMPTY: Form = { join: 'and', lines: [BLANK] };

const withLine = (form: Form): Form => (form.lines.length === 0 ? { ...form, lines: [BLANK] } : form);

/** The same query as the text above it, line by line: what is changed here is written there, and the other way round. */
export const QueryForm = ({ terms, attributes, onChange }: QueryFormProps) => {
  const [form, setForm] = useState<Form>(EMPTY);
  useEffect(() => {
    if (terms == null) return;
    const told = formOf(terms);
    // What was written here comes back in other words; lines that are not whole yet stay.
    setForm((now) => (queryText(told) === queryText(now) ? now : withLine(told)));
  }, [terms]);
  const fields = useMemo(() => {
    const named = [...attributes.map(attributeField), ...form.lines.map(({ field }) => field)].filter(
      (field) => field !== '' && !plainFields.some(({ value }) => value === field),
    );
    return [...plainFields, ...[...new Set(named)].map((value) => ({ value, label: fieldLabel(value) }))];
  }, [attributes, form]);
  if (terms === null) {
    return (
      <Text size="sm" c="dimmed" className={styles.form}>
        This query is nested deeper than a form shows: change it as text.
      </Text>
    );
  }
  const change = (next: Form): void => {
    setForm(next);
    if (queryText(next) !== queryText(form)) onChange(queryText(next));
  };
  const setLine = (n: number, line: QueryLine): void => change({ ...form, lines: form.lines.with(n, line) });
  return (
    <section className={styles.form} aria-label="Query as a form">
      <ul className={styles.lines}>
        {form.lines.map((line, n) => (
          <Line
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their place
            key={n}
            line={line}
            n={n}
            fields={fields}
            onLine={(next) => setLine(n, next)}
            onChange={(values) => setLine(n, { ...line, values })}
            onRemove={() => change(withLine({ ...form, lines: form.lines.toSpliced(n, 1) }))}
          />
        ))}
      </ul>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => change({ ...form, lines: [...form.lines, BLANK] })}
        >
          Add a line
        </Button>
        {form.lines.length > 1 && (
          <Select
            size="xs"
            w={190}
            aria-label="How the lines belong together"
            data={[
              { value: 'and', label: 'All lines must hold' },
              { value: 'or', label: 'Any line may hold' },
            ]}
            value={form.join}
            onChange={(join) => join !== null && change({ ...form, join: join as Form['join'] })}
            allowDeselect={false}
          />
        )}
      </Group>
    </section>
  );
};
