/**
 * What a role can allow, in the words of the Pulse API, for every wire. `administer server` reaches across
 * accounts; all others hold within one account. The order is the integer form that the Pulse wire shows.
 * Append only.
 */
export const permissions = [
  'View Campaign',
  'Create Campaign',
  'Edit Campaign',
  'Delete Campaign',
  'Start Campaign',
  'Stop Campaign',
  'Approve Campaign',
  'Schedule Campaign',
  'View Package',
  'Create Package',
  'Edit Package',
  'Delete Package',
  'View Device',
  'Create Device',
  'Edit Device',
  'Delete Device',
  'Create Device Credential',
  'Enroll Device',
  'Get Device Token',
  'Report Update',
  'View Filter Definition',
  'Create Filter Definition',
  'Edit Filter Definition',
  'Delete Filter Definition',
  'View Notification Destination',
  'Create Notification Destination',
  'Edit Notification Destination',
  'Delete Notification Destination',
  'View Notification Definition',
  'Create Notification Definition',
  'Edit Notification Definition',
  'Delete Notification Definition',
  'View Organization',
  'Edit Organization',
  'View Organization Settings',
  'Edit Organization Settings',
  'View User',
  'Create User',
  'Edit User',
  'Delete User',
  'View Role',
  'Create Role',
  'Edit Role',
  'Delete Role',
  'View Audit Logs',
  'Administer Server',
] as const;
export type Permission = (typeof permissions)[number];

const all = permissions.filter((permission) => permission !== 'Administer Server');
const about = (...words: string[]): Permission[] =>
  all.filter((permission) => words.some((word) => permission.endsWith(word)));
const views = all.filter((permission) => permission.startsWith('View ') && permission !== 'View Audit Logs');
const without = (given: readonly Permission[], ...taken: Permission[]): Permission[] =>
  given.filter((permission) => !taken.includes(permission));
const union = (...lists: (readonly Permission[])[]): Permission[] => [...new Set(lists.flat())];

/** The roles every new account begins with; an account may edit or remove all but the administrator. */
export const defaultRoles: readonly { readonly name: string; readonly permissions: readonly Permission[] }[] =
  [
    { name: 'Administrator', permissions: all },
    {
      name: 'Identity and Access Administrator',
      permissions: about(
        'User',
        'Role',
        'Organization',
        'Organization Settings',
        'Destination',
        'Definition',
        'Audit Logs',
      ),
    },
    {
      name: 'Campaign Administrator',
      permissions: union(views, about(' Campaign', ' Package', 'Filter Definition')),
    },
    {
      name: 'Campaign Operator',
      permissions: union(views, without(about(' Campaign'), 'Approve Campaign')),
    },
    {
      name: 'Campaign Approver',
      permissions: [
        'Approve Campaign',
        'View Campaign',
        'View Package',
        'View Device',
        'View Organization Settings',
        'View Filter Definition',
        'Edit Filter Definition',
      ],
    },
    { name: 'Package Administrator', permissions: about(' Package') },
    {
      name: 'Device Administrator',
      permissions: union(about(' Device', 'Device Credential', 'Device Token', 'Filter Definition'), [
        'Report Update',
      ]),
    },
    {
      name: 'Gateway Administrator',
      permissions: [
        'View Device',
        'Create Device',
        'Enroll Device',
        'Create Device Credential',
        'Get Device Token',
      ],
    },
    { name: 'Viewer', permissions: views },
    { name: 'Auditor', permissions: union(views, ['View Audit Logs']) },
  ];
