/** Why somebody may not do what needs a permission; `undefined` where they may. */
export const whyMayNot = (may: (permission: string) => boolean, permission: string): string | undefined =>
  may(permission) ? undefined : `You need the permission “${permission}”.`;

type Group = { readonly about: string; readonly names: readonly string[] };

const matters: readonly (readonly [about: string, ends: RegExp])[] = [
  ['Campaigns', / Campaign$/],
  ['Packages', / Package$/],
  ['Devices', / (?:Device|Device Credential|Device Token|Update)$/],
  ['Saved queries', / Filter Definition$/],
  ['Webhooks', / Notification (?:Destination|Definition)$/],
  ['People and roles', / (?:User|Role)$/],
];

/** Permissions by what they are about, in the order in which they are used; what fits nowhere comes last. */
export const groupsOf = (names: readonly string[]): readonly Group[] => {
  const aboutOf = (name: string): string => matters.find(([, ends]) => ends.test(name))?.[0] ?? 'Account';
  return [...matters.map(([about]) => about), 'Account']
    .map((about) => ({ about, names: names.filter((name) => aboutOf(name) === about) }))
    .filter((group) => group.names.length > 0);
};
