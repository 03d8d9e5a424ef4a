import { Page } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';

export const SettingsPage = () => (
  <Page title="Settings">
    <Empty title="Not built yet">Until it is, the API and the command line do this.</Empty>
  </Page>
);
