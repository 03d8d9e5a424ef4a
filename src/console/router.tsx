import { Anchor } from '@mantine/core';
import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent } from '@tanstack/react-router';
import { campaignSearch } from './pages/campaign/search.ts';
import { campaignsSearch } from './pages/campaigns/search.ts';
import { createSearch } from './pages/create/search.ts';
import { devicesSearch } from './pages/devices/search.ts';
import { packagesSearch } from './pages/packages/search.ts';
import { settingsSearch } from './pages/settings/search.ts';
import { Broken } from './parts/error-boundary.tsx';
import { Empty, Loading } from './parts/states.tsx';
import { Shell } from './shell/shell.tsx';
import { parseSearch, stringifySearch } from './words/search.ts';

const NotFound = () => (
  <Empty
    title="There is no such page"
    action={
      <Anchor component={Link} to="/">
        Go to the overview
      </Anchor>
    }
  >
    The address may be misspelt, or what it was about is gone.
  </Empty>
);

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const getParentRoute = () => root;

// A page is a folder below pages/ with a page.tsx; what its address asks for is in the search.ts beside it.
const overview = createRoute({
  getParentRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/page.tsx'), 'OverviewPage'),
});
const campaigns = createRoute({
  getParentRoute,
  path: '/campaigns',
  validateSearch: campaignsSearch,
  component: lazyRouteComponent(() => import('./pages/campaigns/page.tsx'), 'CampaignsPage'),
});
const newCampaign = createRoute({
  getParentRoute,
  path: '/campaigns/new',
  validateSearch: createSearch,
  component: lazyRouteComponent(() => import('./pages/create/page.tsx'), 'CreatePage'),
});
const campaign = createRoute({
  getParentRoute,
  path: '/campaigns/$campaign',
  validateSearch: campaignSearch,
  component: lazyRouteComponent(() => import('./pages/campaign/page.tsx'), 'CampaignPage'),
});
const editCampaign = createRoute({
  getParentRoute,
  path: '/campaigns/$campaign/edit',
  component: lazyRouteComponent(() => import('./pages/create/page.tsx'), 'EditPage'),
});
const devices = createRoute({
  getParentRoute,
  path: '/devices',
  validateSearch: devicesSearch,
  component: lazyRouteComponent(() => import('./pages/devices/page.tsx'), 'DevicesPage'),
});
const device = createRoute({
  getParentRoute,
  path: '/devices/$device',
  component: lazyRouteComponent(() => import('./pages/device/page.tsx'), 'DevicePage'),
});
const packages = createRoute({
  getParentRoute,
  path: '/packages',
  validateSearch: packagesSearch,
  component: lazyRouteComponent(() => import('./pages/packages/page.tsx'), 'PackagesPage'),
});
const onePackage = createRoute({
  getParentRoute,
  path: '/packages/$package',
  component: lazyRouteComponent(() => import('./pages/package/page.tsx'), 'PackagePage'),
});
const settings = createRoute({
  getParentRoute,
  path: '/settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('./pages/settings/page.tsx'), 'SettingsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    campaigns,
    newCampaign,
    campaign,
    editCampaign,
    devices,
    device,
    packages,
    onePackage,
    settings,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: false,
  defaultPendingComponent: () => <Loading what="the page" />,
  defaultErrorComponent: ({ error, reset }) => <Broken error={error} onAgain={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
