/** Where a device finds its resources. */
export type Links = {
  /** Below the device, spelled as the device spells it. */
  readonly to: (path: string) => string;
  /** An artifact of a module; old Zephyr clients look for the account's own spelling here (2.4). */
  readonly artifact: (moduleId: number, fileName: string) => string;
};

/** `path` is the request's own, whose account and device are kept as they are spelled. */
export const linksOf = (publicUrl: string, path: string, accountId: string): Links => {
  const [, tenant = '', , , device = ''] = path.split(/[/?]/);
  const own = `${publicUrl}/${tenant}/controller/v1/${device}`;
  const stored = `${publicUrl}/${encodeURIComponent(accountId)}/controller/v1/${device}`;
  return {
    to: (resource) => `${own}/${resource}`,
    artifact: (moduleId, fileName) =>
      `${stored}/softwaremodules/${moduleId}/artifacts/${encodeURIComponent(fileName)}`,
  };
};
