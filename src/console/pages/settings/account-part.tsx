import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { accountSettingsQuery } from '../../data/settings.ts';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { AccountForm } from './account-form.tsx';
import { DeviceAccessForm } from './device-access-form.tsx';
import { FreezesForm } from './freezes-form.tsx';
import { GatewayTokens } from './gateway-tokens.tsx';

/** The account itself: whose go campaigns need, how devices get in, when nothing may begin. */
export const AccountPart = () => {
  const query = useQuery(accountSettingsQuery(useApi()));
  return (
    <Loaded query={query} what="the account">
      {(account) => (
        <Stack gap="xl">
          <Section title="Account">
            <AccountForm account={account} />
          </Section>
          <Section title="Freezes">
            <FreezesForm account={account} />
          </Section>
          <Section title="How devices get in">
            <DeviceAccessForm account={account} />
          </Section>
          <GatewayTokens account={account} />
        </Stack>
      )}
    </Loaded>
  );
};
