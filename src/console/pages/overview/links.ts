/** The query of devices with a firmware version; '' is of those that told none. */
export const versionQuery = (version: string): string =>
  version === '' ? 'not exists(version.firmware)' : `version = "${version.replaceAll('"', '\\"')}"`;
