import { ActionIcon, Badge, Button, CopyButton, Group, Text } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Package } from '../../../wire/muster/packages.ts';
import { useNames } from '../../data/names.ts';
import { campaignListQuery, packageQuery } from '../../data/queries.ts';
import { CampaignLink } from '../../parts/campaign-cells.tsx';
import { NewCampaign } from '../../parts/new-campaign.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { CampaignStatus } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { bytes, count, sentence } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { DeletePackage } from './delete-package.tsx';
import { EditPackage } from './edit-package.tsx';
import styles from './package.module.css';

const route = getRouteApi('/packages/$package');

type FactProps = { readonly name: string; readonly children: ReactNode };

const Fact = ({ name, children }: FactProps) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Digest = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <Fact name={name}>
    <Group gap={4} wrap="nowrap" align="flex-start">
      <span className={styles.digest}>{value}</span>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={copied ? `${name} is copied` : `Copy the ${name}`}
            onClick={copy}
          >
            {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  </Fact>
);

const archiveText = ({ archive }: Package): string => {
  if (archive.form === 'opaque') return 'Any bytes: Muster does not look into them';
  const phases = (archive.phases ?? []).join(', ');
  return `.iotcp archive${archive.headless === true ? ', runs through without stops' : ''}${phases === '' ? '' : `; scripts to ${phases}`}`;
};

const Facts = ({ pack }: { readonly pack: Package }) => {
  const nameOf = useNames();
  const { make, model, fromVersion, labels, description } = pack;
  return (
    <Section title="What it is">
      {description !== '' && (
        <Text size="sm" mb="sm" className={styles.description}>
          {description}
        </Text>
      )}
      <dl className={styles.facts}>
        <Fact name="Kind">{sentence(pack.kind)}</Fact>
        <Fact name="For devices">
          {[make, model].filter(Boolean).join(' ') || 'of any make and model'}
          {fromVersion === '' ? '' : ` on version ${fromVersion}`}
        </Fact>
        <Fact name="Bytes">{count(pack.size)}</Fact>
        <Fact name="Form">{archiveText(pack)}</Fact>
        <Fact name="File">
          {pack.fileName}, {pack.contentType}
        </Fact>
        <Digest name="SHA-256" value={pack.sha256} />
        <Digest name="SHA-1" value={pack.sha1} />
        <Digest name="MD5" value={pack.md5} />
        <Fact name="Uploaded">
          <When at={pack.createdAt} /> by {nameOf(pack.createdBy)}
        </Fact>
        {Object.keys(labels).length > 0 && (
          <Fact name="Labels">
            <Group gap={6}>
              {Object.entries(labels).map(([name, value]) => (
                <Badge key={name} variant="default" tt="none" fw={500}>
                  {name}: {value}
                </Badge>
              ))}
            </Group>
          </Fact>
        )}
      </dl>
    </Section>
  );
};

/** Every campaign with the package, those under way first by being newest. */
const UsedBy = ({ id }: { readonly id: string }) => {
  const query = useInfiniteQuery(campaignListQuery(useApi(), { order: 'newest', package: id }));
  const { hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  return (
    <Section title="Used by">
      <Loaded query={query} what="the campaigns with it">
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return items.length === 0 ? (
            <Text size="sm" c="dimmed">
              No campaign sends it yet.
            </Text>
          ) : (
            <>
              <ul className={styles.uses}>
                {items.map(({ id: campaign, name, status, startedAt }) => (
                  <li key={campaign}>
                    <CampaignLink id={campaign} name={name} />
                    <CampaignStatus status={status} />
                    <Text size="sm" c="dimmed" span>
                      {startedAt === null ? 'not started' : <When at={startedAt} />}
                    </Text>
                  </li>
                ))}
              </ul>
              {hasNextPage && (
                <Button
                  size="xs"
                  variant="default"
                  mt="xs"
                  loading={isFetchingNextPage}
                  onClick={() => void fetchNextPage()}
                >
                  Show more
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
};

const crumbs = [{ label: 'Packages', to: '/packages' }];

/** One package: what it is, who sends it. */
export const PackagePage = () => {
  const { package: id } = route.useParams();
  const { account, ...api } = useApi();
  const may = useMay();
  const query = useQuery(packageQuery({ account, ...api }, id));
  const pack = query.data;
  if (pack === undefined) {
    return (
      <Page title={id} crumbs={crumbs}>
        <Loaded query={query} what="the package">
          {() => null}
        </Loaded>
      </Page>
    );
  }
  return (
    <Page
      title={`${pack.name} ${pack.version}`}
      crumbs={crumbs}
      lead={`${sentence(pack.kind)}, ${bytes(pack.size)}`}
      actions={
        <>
          <NewCampaign variant="default" of={pack.id} />
          <EditPackage pack={pack} reason={whyMayNot(may, 'Edit Package')} />
          <DeletePackage pack={pack} reason={whyMayNot(may, 'Delete Package')} />
        </>
      }
    >
      <div className={styles.columns}>
        <Facts pack={pack} />
        <UsedBy id={pack.id} />
      </div>
    </Page>
  );
};
