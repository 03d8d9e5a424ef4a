import { getRouteApi, Link } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useSettingsNews } from '../../data/settings.ts';
import { Page } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useMay, useWho } from '../../session/use-session.ts';
import { AccountPart } from './account-part.tsx';
import { AccountsPart } from './accounts-part.tsx';
import { AuditPart } from './audit-part.tsx';
import { PeoplePart } from './people-part.tsx';
import { RolesPart } from './roles-part.tsx';
import { parts, type SettingsPart } from './search.ts';
import { ServerPart } from './server-part.tsx';
import styles from './settings.module.css';
import { TokensPart } from './tokens-part.tsx';
import { WebhooksPart } from './webhooks-part.tsx';

const route = getRouteApi('/settings');

type Place = {
  readonly label: string;
  /** What it takes to see it; nothing where everybody may. */
  readonly needs?: string;
  readonly part: ComponentType;
};

const places: Readonly<Record<SettingsPart, Place>> = {
  account: { label: 'Account', needs: 'View Organization', part: AccountPart },
  people: { label: 'People', needs: 'View User', part: PeoplePart },
  roles: { label: 'Roles', needs: 'View Role', part: RolesPart },
  tokens: { label: 'My tokens', part: TokensPart },
  webhooks: { label: 'Webhooks', needs: 'View Notification Destination', part: WebhooksPart },
  audit: { label: 'Audit', needs: 'View Audit Logs', part: AuditPart },
  accounts: { label: 'All accounts', needs: 'Administer Server', part: AccountsPart },
  server: { label: 'Server and limits', part: ServerPart },
};

/** Who may do what, how devices get in, who is told, and who did what. */
export const SettingsPage = () => {
  const { part: asked } = route.useSearch();
  const may = useMay();
  const { user, account } = useWho();
  useSettingsNews(may('View Audit Logs'));
  const mayAll = (permission: string): boolean =>
    permission === 'Administer Server' ? user.serverAdministrator : may(permission);
  const open = parts.filter((part) => {
    const { needs } = places[part];
    return needs === undefined || mayAll(needs);
  });
  const shown = asked ?? open[0] ?? 'server';
  const { part: Part, needs } = places[shown];
  return (
    <Page title="Settings" lead={`of ${account.name}`}>
      <div className={styles.layout}>
        <nav className={styles.parts} aria-label="Settings">
          <ul>
            {open.map((part) => (
              <li key={part}>
                <Link to="/settings" search={{ part }} aria-current={part === shown ? 'page' : undefined}>
                  {places[part].label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div>
          {open.includes(shown) ? (
            <Part />
          ) : (
            <Empty title="Not for you to see">
              It takes the permission {needs}. Whoever administers the account can give you a role that has
              it.
            </Empty>
          )}
        </div>
      </div>
    </Page>
  );
};
