import Type, { type Static } from 'typebox';
import { exact, Instant, Name, nullable } from './common.ts';
import { routeTable } from './route.ts';

export const Email = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\s@]+@[^\\s@]+$',
  examples: ['ada@example.com'],
});

/** A password as it is set; what is wrong with one is never repeated in an answer. */
export const NewPassword = Type.String({ minLength: 12, maxLength: 128, writeOnly: true });
const Password = Type.String({ minLength: 1, maxLength: 1024, writeOnly: true });

export const Person = exact({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  serverAdministrator: Type.Boolean({ description: 'Reaches every account.' }),
});
export type Person = Static<typeof Person>;

export const AccountName = exact({ id: Type.String(), name: Type.String() });
export type AccountName = Static<typeof AccountName>;

const Accounts = Type.Array(AccountName, { description: 'The accounts this person belongs to.' });

const opened = { expiresAt: Instant, user: Person, accounts: Accounts };

const NewSession = exact({
  token: Type.String({ description: 'The bearer secret of this session; shown this once.' }),
  ...opened,
});
export type NewSession = Static<typeof NewSession>;

const BrowserSession = exact(opened);
export type BrowserSession = Static<typeof BrowserSession>;

const Session = exact({
  user: Person,
  account: AccountName,
  permissions: Type.Array(Type.String(), { description: 'What the caller may do in this account, sorted.' }),
  accounts: Accounts,
  expiresAt: nullable(Instant),
});
export type Session = Static<typeof Session>;

const tag = 'Session';

export const sessionRoutes = routeTable({
  signIn: {
    method: 'POST',
    path: '/session',
    access: 'public',
    tag,
    summary: 'Sign in with e-mail address and password',
    description:
      'Whatever is wrong (address, password, a locked or disabled user), the answer is the same 401. ' +
      'Attempts are limited for each address they come from.',
    body: exact({ email: Type.String({ minLength: 1, maxLength: 254 }), password: Password }),
    status: 201,
    reply: NewSession,
    limited: 'sign-ins',
  },
  signInBrowser: {
    method: 'POST',
    path: '/session/browser',
    access: 'public',
    tag,
    summary: 'Sign in with a cookie that scripts cannot read, for pages of this server',
    description: [
      'Like `POST /session`, but the bearer secret is not told: it is kept in the cookie `muster-session`. Calls of other',
      'methods than GET and HEAD are taken to come with it only if they have the header `X-Requested-With: muster`.',
    ].join('\n'),
    body: exact({ email: Type.String({ minLength: 1, maxLength: 254 }), password: Password }),
    status: 201,
    reply: BrowserSession,
    limited: 'sign-ins',
  },
  getSetUp: {
    method: 'GET',
    path: '/set-up',
    access: 'public',
    tag,
    summary: 'Whether this server still has to be set up',
    status: 200,
    reply: exact({
      due: Type.Boolean({
        description: 'The administrator still has the password that the first start has made up.',
      }),
    }),
  },
  setUp: {
    method: 'POST',
    path: '/set-up',
    access: 'public',
    tag,
    summary:
      'Name the administrator and the first account, replace the first password, and sign in with a cookie',
    description:
      'Whoever does not know the first password is refused like a wrong log-in. 404 once it is done.',
    body: exact({
      password: Password,
      next: NewPassword,
      email: Email,
      name: Name,
      account: Name,
    }),
    temporary: true,
    status: 201,
    reply: BrowserSession,
    limited: 'sign-ins',
  },
  getSession: {
    method: 'GET',
    path: '/session',
    access: 'signed-in',
    tag,
    summary: 'Who the caller is, in which account, and what it may do there',
    status: 200,
    reply: Session,
  },
  signOut: {
    method: 'DELETE',
    path: '/session',
    access: 'signed-in',
    tag,
    summary: 'Sign out: the token of this session ends',
    status: 204,
  },
  changePassword: {
    method: 'PUT',
    path: '/session/password',
    access: 'signed-in',
    tag,
    summary: "Change the caller's own password and end its other sessions",
    body: exact({ current: Password, next: NewPassword }),
    status: 204,
  },
});
