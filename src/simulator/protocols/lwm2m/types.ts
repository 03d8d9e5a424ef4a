import type { Written } from './bootstrap.ts';
import type { Downloaded, DownloadOptions, Later } from './download.ts';
import type { Inspection } from './image.ts';
import type { DeviceNetwork, NetworkOptions, ServerReply } from './network.ts';
import type { Fault } from './objects.ts';

export type DeviceOptions = {
  readonly server: { readonly host: string; readonly port: number };
  readonly endpoint: string;
  /** `1.0`: TLV of whatever was not asked for as text. `1.1`: text of single resources, and `/5/0/10`. */
  readonly enabler: '1.0' | '1.1';
  /** The version that it runs at first. */
  readonly firmware: string;
  /** Seconds; a day unless given. */
  readonly lifetime?: number;
  readonly queue?: boolean;
  /** Of `/5/0/8`; CoAP and HTTP unless given. */
  readonly protocols?: readonly number[];
  /** Of `/5/0/9`; both unless given. */
  readonly delivery?: number;
  readonly faults?: readonly Fault[];
  readonly confirmable?: boolean;
  readonly inspect?: (image: Buffer) => Inspection;
  /** What object 3 says; a simulated maker's unless given. */
  readonly make?: string;
  readonly model?: string;
  /** Is shown the device whenever something about it may have changed. */
  readonly look?: (view: DeviceView) => void;
  readonly later?: Later;
  /** Another network than that of this machine. */
  readonly open?: (options: NetworkOptions) => Promise<DeviceNetwork>;
  readonly fetch?: (uri: string, options: DownloadOptions) => Promise<Downloaded>;
  /** Which URI it fetches in place of one that it was told: the way into a tunnel. */
  readonly route?: (uri: string) => Promise<string>;
  /** Milliseconds: an installation, being away for a reboot, waiting for a download. */
  readonly times?: { readonly install?: number; readonly reboot?: number; readonly patience?: number };
};

/** What an onlooker sees of a device. */
export type DeviceView = {
  readonly version: string;
  readonly state: number;
  readonly result: number;
  /** Object 9's update state, update result, and whether it is active. */
  readonly software: { readonly state: number; readonly result: number; readonly active: boolean };
  /** The path that the server gave it; undefined while it is not registered. */
  readonly location: string | undefined;
  /** How often each was done, over all reboots. */
  readonly registrations: number;
  readonly executions: number;
  readonly observations: readonly string[];
  /** The socket of the present boot; 0 while it is away. */
  readonly port: number;
};

/** A simulated device; it keeps its state over reboots, not over `stop`. */
export type SimulatedDevice = {
  /** Boots and registers. Rejects where the server does not answer 2.01. */
  readonly start: () => Promise<void>;
  /** Boots, asks for bootstrap, and gives what was written to it; rejects where the server does not answer 2.04. */
  readonly bootstrap: () => Promise<Written>;
  /** Sends content to the server of its own accord (`/dp`). */
  readonly send: (payload: Buffer, format: number) => Promise<ServerReply>;
  /** An update of the registration; what the server answered. */
  readonly update: (query?: string) => Promise<ServerReply>;
  readonly deregister: () => Promise<ServerReply>;
  /** Goes away and comes back, with another version where one is given. */
  readonly reboot: (version?: string) => void;
  /** What it gets wrong from now on. */
  readonly setFaults: (faults: readonly Fault[]) => void;
  readonly view: () => DeviceView;
  /** Resolves once the view fits; never by itself, so that the test's own time limit counts. */
  readonly until: (fits: (view: DeviceView) => boolean) => Promise<DeviceView>;
  /** Everything that was asked of it and that it notified, such as `GET /5/0/3 2.05` and `notify /5/0/3`. */
  readonly log: readonly string[];
  /** Switches it off for good; nothing of it is left running. */
  readonly stop: () => void;
};
