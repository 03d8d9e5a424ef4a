import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import styles from './page.module.css';

export type Crumb = { readonly label: string; readonly to: string };

type PageProps = {
  readonly title: string;
  /** What stands beside the title: a status, a number. */
  readonly beside?: ReactNode;
  /** The pages above this one. */
  readonly crumbs?: readonly Crumb[];
  /** One quiet line below the title. */
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

/** The frame that all pages share: where it is, what it is called, what can be done there. */
export const Page = ({ title, beside, crumbs = [], lead, actions, children }: PageProps) => {
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <Stack gap="lg" className={styles.page}>
      <Stack gap={4}>
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumbs">
            <Breadcrumbs separator="/" separatorMargin={6} className={styles.crumbs}>
              {crumbs.map(({ label, to }) => (
                <Anchor key={to} component={Link} to={to} size="sm">
                  {label}
                </Anchor>
              ))}
              <Text size="sm" c="dimmed" aria-current="page" className={styles.last}>
                {title}
              </Text>
            </Breadcrumbs>
          </nav>
        )}
        <Group justify="space-between" align="flex-start" gap="sm">
          <Stack gap={2} className={styles.heading}>
            <Group gap="sm" align="center">
              <Title order={1} size="h2" className={styles.title}>
                {title}
              </Title>
              {beside}
            </Group>
            {lead !== undefined && (
              <Text size="sm" c="dimmed" component="div">
                {lead}
              </Text>
            )}
          </Stack>
          {actions !== undefined && (
            <Group gap="xs" className={styles.actions}>
              {actions}
            </Group>
          )}
        </Group>
      </Stack>
      {children}
    </Stack>
  );
};

type SectionProps = {
  readonly title: string;
  /** What an address names after its `#` to lead here. */
  readonly id?: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
};

/** A part of a page below a quiet heading. */
export const Section = ({ title, id, aside, children }: SectionProps) => (
  <section className={styles.section} aria-label={title} id={id}>
    <Group justify="space-between" gap="xs" mb="xs" align="baseline">
      <Title order={2} size="h5">
        {title}
      </Title>
      {aside}
    </Group>
    {children}
  </section>
);
