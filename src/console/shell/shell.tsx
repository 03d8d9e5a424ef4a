import { AppShell, Burger, Group, Kbd, NavLink, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { startLive } from '../data/live.ts';
import markUrl from '../mark.svg';
import { SignInAgain } from '../session/sign-in-again.tsx';
import { useApi, useSession, useSessionState } from '../session/use-session.ts';
import { AccountMenu } from './account-menu.tsx';
import { FreshnessMark } from './freshness-mark.tsx';
import { Help } from './help.tsx';
import { places } from './navigation.ts';
import { Palette } from './palette.tsx';
import styles from './shell.module.css';
import { type Shortcut, useShortcuts } from './shortcuts.ts';
import { useFocusBack } from './use-focus-back.ts';

/** The stream of the account, for as long as somebody is signed in. */
const useLive = (): void => {
  const { client, account } = useApi();
  const session = useSession();
  const queries = useQueryClient();
  const isIn = useSessionState().status === 'signed-in';
  useEffect(() => {
    if (!isIn) return undefined;
    return startLive(client, account, queries, session.expire);
  }, [client, account, queries, session, isIn]);
};

const findSearchBox = (): void => document.querySelector<HTMLElement>('input[data-search-box]')?.focus();

const isAt = (path: string, to: string): boolean =>
  to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);

const Places = ({ path, onGo }: { readonly path: string; readonly onGo: () => void }) =>
  places.map(({ to, label, icon: Icon }) => (
    <NavLink
      key={to}
      component={Link}
      to={to}
      label={label}
      active={isAt(path, to)}
      aria-current={isAt(path, to) ? 'page' : undefined}
      leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
      onClick={onGo}
      className={styles.place}
    />
  ));

/** Around every page: where one can go, who one is, how old what is shown is. */
export const Shell = () => {
  const [menu, { toggle: toggleMenu, close: closeMenu }] = useDisclosure(false);
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure(false);
  const { pathname } = useLocation();
  const { history } = useRouter();
  useLive();
  const shortcuts = useMemo((): readonly Shortcut[] => {
    const go = (to: string) => () => history.push(to);
    return [
      { keys: '?', label: 'This list', run: openHelp },
      { keys: '/', label: 'Search in this page', run: findSearchBox },
      ...places.map((place) => ({ keys: `g ${place.go}`, label: `Go to ${place.label}`, run: go(place.to) })),
      { keys: 'c', label: 'New campaign', run: go('/campaigns/new') },
    ];
  }, [history, openHelp]);
  useShortcuts(shortcuts);
  useFocusBack();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !menu } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <a href="#page" className={styles.skip}>
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={menu}
              onClick={toggleMenu}
              hiddenFrom="sm"
              size="sm"
              aria-label={menu ? 'Close the menu' : 'Open the menu'}
              aria-expanded={menu}
            />
            <Link to="/" className={styles.brand}>
              <img src={markUrl} width={24} height={24} alt="" />
              <span>Muster</span>
            </Link>
          </Group>
          <Group gap="md" wrap="nowrap">
            <UnstyledButton className={styles.search} onClick={spotlight.open} aria-label="Go to… Ctrl K">
              <IconSearch size={16} aria-hidden />
              <Text size="sm" visibleFrom="sm" span>
                Go to…
              </Text>
              <Kbd size="xs" visibleFrom="sm" aria-hidden>
                Ctrl K
              </Kbd>
            </UnstyledButton>
            <FreshnessMark />
            <AccountMenu onHelp={openHelp} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Places">
        <Places path={pathname} onGo={closeMenu} />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} className={styles.main}>
        <Outlet />
      </AppShell.Main>
      <Palette />
      <Help
        opened={help}
        onClose={closeHelp}
        shortcuts={[{ keys: 'Ctrl K', label: 'Go to a page, a campaign, a device' }, ...shortcuts]}
      />
      <SignInAgain />
    </AppShell>
  );
};
