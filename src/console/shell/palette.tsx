import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { IconDeviceMobileCog, IconPlus, IconRocket } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useApi } from '../session/use-session.ts';
import { sentence } from '../words/format.ts';
import { places } from './navigation.ts';

const PAUSE = 150;
const FOUND = 6;

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** Campaigns and devices whose name has the text somewhere in it. */
const useFound = (text: string) => {
  const { client, account } = useApi();
  return useQuery({
    queryKey: [account, 'found', text],
    enabled: text.length > 1,
    staleTime: 10_000,
    queryFn: async ({ signal }) => {
      const where = `id contains ${quoted(text)} or name contains ${quoted(text)}`;
      const [campaigns, devices] = await Promise.allSettled([
        client.listCampaigns({ query: { text, limit: FOUND }, signal }),
        client.listDevices({ query: { where, limit: FOUND }, signal }),
      ]);
      // Somebody who may see only one of the two finds that.
      return {
        campaigns: campaigns.status === 'fulfilled' ? campaigns.value.items : [],
        devices: devices.status === 'fulfilled' ? devices.value.items : [],
      };
    },
  });
};

/** Goes anywhere by name: places, campaigns, devices. */
export const Palette = () => {
  const { history } = useRouter();
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed.trim(), PAUSE);
  const found = useFound(text);
  const go = (to: string) => () => history.push(to);
  const matching = (label: string): boolean => label.toLowerCase().includes(typed.trim().toLowerCase());

  const pages: readonly SpotlightActionData[] = [
    ...places.map(({ to, label, icon: Icon }) => ({
      ...{ id: to, label, onClick: go(to) },
      leftSection: <Icon size={18} stroke={1.6} aria-hidden />,
    })),
    {
      ...{ id: 'new', label: 'New campaign', onClick: go('/campaigns/new') },
      leftSection: <IconPlus size={18} stroke={1.6} aria-hidden />,
    },
  ];
  const campaigns: readonly SpotlightActionData[] = (found.data?.campaigns ?? []).map(
    ({ id, name, status }) => ({
      ...{
        id: `campaign ${id}`,
        label: name,
        description: sentence(status),
        onClick: go(`/campaigns/${id}`),
      },
      leftSection: <IconRocket size={18} stroke={1.6} aria-hidden />,
    }),
  );
  const devices: readonly SpotlightActionData[] = (found.data?.devices ?? []).map(({ id, name, model }) => ({
    ...{ id: `device ${id}`, label: id, description: [name, model].filter(Boolean).join(' · ') },
    onClick: go(`/devices/${encodeURIComponent(id)}`),
    leftSection: <IconDeviceMobileCog size={18} stroke={1.6} aria-hidden />,
  }));

  return (
    <Spotlight
      query={typed}
      onQueryChange={setTyped}
      filter={(_, actions) => actions}
      nothingFound={found.isFetching ? 'Looking…' : 'Nothing of that name'}
      searchProps={{ placeholder: 'Go to a page, a campaign, a device', 'aria-label': 'Go to' }}
      shortcut={['mod + K']}
      actions={[
        { group: 'Pages', actions: pages.filter(({ label }) => matching(String(label))) },
        { group: 'Campaigns', actions: [...campaigns] },
        { group: 'Devices', actions: [...devices] },
      ].filter(({ actions }) => actions.length > 0)}
      scrollable
      maxHeight={420}
    />
  );
};
