import { versionIn } from '../../image.ts';
import { type DownloadHabits, download, type Fetch, type Fetched, notifyInstall } from './download.ts';
import type { ManagementTree } from './management-tree.ts';
import { type El, el, leaf } from './wire.ts';

/** Why a device of Verizon's kind puts an update off. */
export type Deferral =
  | 'KEY_DEFERRED'
  | 'WIFI_DEFERRED'
  | 'LOW_BATTERY'
  | 'LOW_MEMORY'
  | 'DOWNLOAD_DEFERRED'
  | 'UPDATE_DEFERRED';

export type OperationKind =
  | 'download'
  | 'update'
  | 'downloadandupdate'
  | 'software'
  | 'software-download'
  | 'software-install';

/** What goes wrong with updates; all of it may change while the device lives. */
export type UpdateFaults = {
  /** Status of an Exec, in place of 202: nothing is done. */
  readonly execStatus?: number;
  /** Result codes that operations end with, in place of success. */
  readonly results?: Readonly<Partial<Record<OperationKind, number>>>;
  /** Nothing is told of what was done: only the State has it. */
  readonly silent?: boolean;
  /** Success is told, and the version stays. */
  readonly keepsVersion?: boolean;
  /** The next update is put off, with result 403 and these words. */
  readonly deferral?: Deferral;
};

export type UpdateOptions = {
  /** Where the firmware object is, and which operations it has; `undefined` for none. */
  readonly fumo?: { readonly root: string; readonly has: 'two-steps' | 'one-step' | 'both' | 'in-band' };
  /** Where the object for software is. */
  readonly scomo?: string;
  /** Result code of a download that went well: 200, or Verizon's 255. */
  readonly downloadedCode?: number;
  /** What stands before the type of an alert. */
  readonly typePrefix?: string;
  readonly habits?: DownloadHabits;
  /** That of the platform unless given. */
  readonly fetch?: Fetch;
  /** Its version after an update, where neither the image nor PkgVersion says one. */
  readonly becomes?: string;
  /** Looks at what was fetched; what it answers goes wrong from then on. */
  readonly inspect?: (image: Fetched) => UpdateFaults;
};

/** An Exec that was accepted. */
export type Operation = {
  readonly kind: OperationKind;
  readonly node: string;
  readonly correlator: string;
};

/** An alert that is yet to be sent, once it has a number. */
export type PendingAlert = (cmdId: number) => El;

const FUMO_ID = 'urn:oma:mo:oma-fumo:1.0';
const SCOMO_ID = 'urn:oma:mo:oma-scomo:1.0';
const softwareKinds: Readonly<Record<string, OperationKind>> = {
  downloadinstall: 'software',
  download: 'software-download',
  install: 'software-install',
};
const interior = { format: 'node', type: '' };

const plantFirmware = (tree: ManagementTree, { root, has }: NonNullable<UpdateOptions['fumo']>): void => {
  tree.set(root, '', { ...interior, type: FUMO_ID });
  for (const name of ['PkgName', 'PkgVersion']) tree.set(`${root}/${name}`, '');
  tree.set(`${root}/State`, '10', { format: 'int' });
  if (has === 'two-steps' || has === 'both') tree.set(`${root}/Download/PkgURL`, '');
  if (has !== 'one-step') tree.set(`${root}/Update`, '', interior);
  if (has === 'in-band')
    tree.set(`${root}/Update/PkgData`, '', { format: 'bin', type: 'application/octet-stream' });
  if (has === 'one-step' || has === 'both') tree.set(`${root}/DownloadAndUpdate/PkgURL`, '');
};

const plantSoftware = (tree: ManagementTree, root: string): void => {
  tree.set(root, '', { ...interior, type: SCOMO_ID });
  for (const name of ['Download', 'Inventory/Delivered', 'Inventory/Deployed'])
    tree.set(`${root}/${name}`, '', interior);
};

export type Updates = {
  /** Accepts an Exec, with the code of its Status. */
  readonly exec: (path: string, correlator: string) => number;
  /** Carries out what was accepted; alerts about it are queued. */
  readonly work: () => Promise<void>;
  /** Loses power: what was accepted is not carried out, and nothing is told. */
  readonly reboot: () => void;
  readonly misbehave: (faults: UpdateFaults) => void;
  /** What is queued, which is then no longer. */
  readonly takeAlerts: () => readonly PendingAlert[];
  /** Puts alerts back that did not arrive. */
  readonly keepAlerts: (alerts: readonly PendingAlert[]) => void;
  readonly pending: () => readonly Operation[];
  readonly installed: () => readonly Fetched[];
};

type Ended = { readonly code: number; readonly words?: string };

/** The firmware and software objects of a device: its tree, and what it does with packages. */
export const createUpdates = (tree: ManagementTree, options: UpdateOptions): Updates => {
  const { fumo, scomo, downloadedCode = 200, typePrefix = '', habits = {}, becomes = '' } = options;
  if (fumo !== undefined) plantFirmware(tree, fumo);
  if (scomo !== undefined) plantSoftware(tree, scomo);
  const reach = options.fetch ?? fetch;
  let faults: UpdateFaults = {};
  let operations: readonly Operation[] = [];
  let alerts: readonly PendingAlert[] = [];
  const images = new Map<string, Fetched>();
  const installed: Fetched[] = [];

  const value = (path: string): string => tree.get(path)?.data ?? '';
  const setState = (node: string, state: number): void =>
    tree.set(`${node}/State`, `${state}`, { format: 'int' });

  const fetchImage = async (node: string, url: string): Promise<Ended> => {
    try {
      const image = await download(reach, url, habits);
      faults = options.inspect?.(image) ?? faults;
      const refusal = options.inspect && faults.results?.download;
      if (refusal !== undefined) return { code: refusal };
      images.set(node, image);
      return { code: downloadedCode };
    } catch (error) {
      return { code: 503, words: `${error}` };
    }
  };

  const downloading = async ({ node, kind }: Operation, from: string): Promise<Ended> => {
    setState(node, 30);
    const fault = faults.results?.[kind === 'downloadandupdate' ? 'download' : kind];
    const ended =
      fault === undefined ? await fetchImage(node, value(`${node}/${from}/PkgURL`)) : { code: fault };
    setState(node, ended.code === downloadedCode ? 40 : 20);
    return ended;
  };

  const inBand = (node: string): Fetched | undefined => {
    const bytes = tree.get(`${node}/Update/PkgData`)?.bytes;
    return bytes && { bytes, sha256: '', notifyUri: undefined };
  };

  const updating = async ({ node, kind }: Operation): Promise<Ended> => {
    if (faults.deferral !== undefined) {
      const words = faults.deferral;
      const { deferral: _, ...others } = faults;
      faults = others;
      return { code: 403, words };
    }
    setState(node, 60);
    const image = images.get(node) ?? inBand(node);
    const fault = faults.results?.[kind] ?? (image === undefined ? 410 : undefined);
    if (fault !== undefined || image === undefined) {
      setState(node, kind === 'update' ? 70 : 80);
      return { code: fault ?? 410 };
    }
    if (faults.keepsVersion !== true)
      tree.set('./DevDetail/FwV', versionIn(image.bytes) ?? (value(`${node}/PkgVersion`) || becomes));
    installed.push(image);
    images.delete(node);
    setState(node, 100);
    if (image.notifyUri !== undefined) await notifyInstall(reach, image.notifyUri, '900 Success');
    return { code: 200 };
  };

  const idOf = (node: string): string => node.slice(node.lastIndexOf('/') + 1);

  const fetchSoftware = async ({ node, kind }: Operation): Promise<Ended> => {
    const fault = faults.results?.[kind];
    if (fault !== undefined) return { code: fault };
    const { code, words } = await fetchImage(node, value(`${node}/PkgURL`));
    if (code !== downloadedCode) return { code: 1402, ...(words !== undefined && { words }) };
    tree.set(`${scomo}/Inventory/Delivered/${idOf(node)}/PkgID`, value(`${node}/PkgID`));
    return { code: 1200 };
  };

  const deploySoftware = async ({ node, kind }: Operation): Promise<Ended> => {
    const id = idOf(node);
    const offered = `${scomo}/Download/${id}`;
    const image = images.get(offered);
    const fault = faults.results?.[kind];
    if (fault !== undefined || image === undefined) return { code: fault ?? 1405 };
    installed.push(image);
    images.delete(offered);
    const deployed = `${scomo}/Inventory/Deployed/${id}`;
    tree.set(`${deployed}/ID`, value(`${offered}/PkgID`));
    tree.set(`${deployed}/Name`, value(`${offered}/Name`));
    tree.set(`${deployed}/Version`, versionIn(image.bytes) ?? '');
    if (image.notifyUri !== undefined) await notifyInstall(reach, image.notifyUri, '900 Success');
    return { code: 1200 };
  };

  const software = async (operation: Operation): Promise<Ended> => {
    const fetched = await fetchSoftware(operation);
    return fetched.code === 1200 ? deploySoftware(operation) : fetched;
  };

  const carryOut = async (operation: Operation): Promise<Ended> => {
    switch (operation.kind) {
      case 'download':
        return downloading(operation, 'Download');
      case 'update':
        return updating(operation);
      case 'software':
        return software(operation);
      case 'software-download':
        return fetchSoftware(operation);
      case 'software-install':
        return deploySoftware(operation);
      case 'downloadandupdate': {
        const fetched = await downloading(operation, 'DownloadAndUpdate');
        return fetched.code === downloadedCode ? updating(operation) : fetched;
      }
    }
  };

  const tell = ({ kind, node, correlator }: Operation, { code, words }: Ended): void => {
    const isSoftware = kind.startsWith('software');
    const type = isSoftware
      ? 'urn:oma:at:scomo:1.0:OperationComplete'
      : `${typePrefix}org.openmobilealliance.dm.firmwareupdate.${kind}`;
    const data = isSoftware ? `<ResultCode>${code}</ResultCode><Identifier>${node}</Identifier>` : `${code}`;
    const item = (text: string): El =>
      el(
        'Item',
        el('Source', leaf('LocURI', node)),
        el('Meta', leaf('Format', isSoftware ? 'xml' : 'chr'), leaf('Type', type)),
        leaf('Data', text),
      );
    const items = words === undefined ? [item(data)] : [item(data), item(words)];
    const echo = correlator === '' ? undefined : leaf('Correlator', correlator);
    alerts = [...alerts, (cmdId) => el('Alert', leaf('CmdID', cmdId), echo, leaf('Data', 1226), ...items)];
  };

  const operationAt = (path: string): Pick<Operation, 'kind' | 'node'> | undefined => {
    const at = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (scomo !== undefined && path.startsWith(`${scomo}/`)) {
      const kind = softwareKinds[at];
      return kind && { kind, node: parent.slice(0, parent.lastIndexOf('/')) };
    }
    const kind = (['download', 'update', 'downloadandupdate'] as const).find((it) => it === at);
    const isThere = tree.get(path) !== undefined && tree.get(`${parent}/State`) !== undefined;
    return kind !== undefined && isThere ? { kind, node: parent } : undefined;
  };

  return {
    exec: (path, correlator) => {
      const operation = operationAt(path);
      if (operation === undefined) return tree.get(path) === undefined ? 404 : 405;
      if (faults.execStatus !== undefined) return faults.execStatus;
      operations = [...operations, { ...operation, correlator }];
      return 202;
    },
    work: async () => {
      const accepted = operations;
      operations = [];
      for (const operation of accepted) {
        const ended = await carryOut(operation);
        if (faults.silent !== true) tell(operation, ended);
      }
    },
    reboot: () => {
      operations = [];
      alerts = [];
    },
    misbehave: (changed) => {
      faults = changed;
    },
    takeAlerts: () => {
      const queued = alerts;
      alerts = [];
      return queued;
    },
    keepAlerts: (kept) => {
      alerts = [...kept, ...alerts];
    },
    pending: () => operations,
    installed: () => installed,
  };
};
