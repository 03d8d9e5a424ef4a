import Type, { type Static } from 'typebox';
import { exact, Id, Instant, Name, nullable, page, paging } from './common.ts';
import { PermissionNames } from './roles.ts';
import { routeTable } from './route.ts';

const fields = {
  id: Type.String(),
  name: Type.String(),
  account: nullable(Type.String({ description: 'The account it is bound to.' })),
  permissions: nullable(Type.Array(Type.String())),
  createdAt: Instant,
  expiresAt: nullable(Instant),
  lastUsedAt: nullable(Instant),
};

export const Token = exact(fields);
export type Token = Static<typeof Token>;

const IssuedToken = exact({
  ...fields,
  token: Type.String({ description: 'The bearer secret; shown this once.' }),
});

const params = exact({ token: Id });
const tag = 'Tokens';

export const tokenRoutes = routeTable({
  listTokens: {
    method: 'GET',
    path: '/tokens',
    access: 'signed-in',
    tag,
    summary: "List the caller's own API tokens, without their secrets",
    query: exact(paging),
    status: 200,
    reply: page(Token),
  },
  createToken: {
    method: 'POST',
    path: '/tokens',
    access: 'signed-in',
    tag,
    summary: 'Issue an API token to the caller',
    description:
      'It never allows more than its user may. Not repeatable with an Idempotency-Key: the secret is shown ' +
      'once, and a lost one is revoked and issued anew.',
    body: exact({
      name: Name,
      permissions: Type.Optional(PermissionNames),
      expiresAt: Type.Optional(Instant),
      account: Type.Optional(
        Type.Boolean({ default: true, description: 'Works in this account only; else in any of the user.' }),
      ),
    }),
    status: 201,
    reply: IssuedToken,
  },
  getToken: {
    method: 'GET',
    path: '/tokens/:token',
    access: 'signed-in',
    tag,
    summary: "Read one of the caller's own API tokens, without its secret",
    params,
    status: 200,
    reply: Token,
  },
  revokeToken: {
    method: 'DELETE',
    path: '/tokens/:token',
    access: 'signed-in',
    tag,
    summary: "Revoke one of the caller's own API tokens",
    params,
    status: 204,
  },
});
