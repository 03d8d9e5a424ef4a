import type { Inspection } from './image.ts';
import type { DeviceInstance, DeviceValue } from './values.ts';

/** What a simulated device can get wrong: each is something that real ones were seen to do. */
export type Fault =
  /** Takes the package and reports result 2, 3, 5 or 6, whatever the package is. */
  | 'no-flash'
  | 'no-memory'
  | 'corrupts'
  | 'rejects'
  /** The installer fails or its user defers: state 3, then 2 with result 8 or 11. */
  | 'installer-fails'
  | 'defers'
  /** Comes back with the old version and result 8; or with result 1 and the old version all the same. */
  | 'rolls-back'
  | 'old-version'
  /** Comes back with result 0. */
  | 'forgets-result'
  /** Stays in state 3 for ever, unreachable. */
  | 'never-returns'
  /** Reboots before it has answered Execute. */
  | 'unanswered-execute'
  /** Its connection ends in the middle of a download. */
  | 'cut-download'
  /** The first answers to blocks after a boot are lost. */
  | 'lost-replies'
  /** Acknowledges first and answers later. */
  | 'separate-responses'
  /** Refuses to be observed. */
  | 'no-observe'
  /** State 1 when idle, no change and no word on a push, state 2 after Execute: Wakaama's sample. */
  | 'odd-state';

/** What a request comes to; `after` happens once it is answered. */
export type Reaction = { readonly code: string; readonly after?: () => void };

/** What an object may ask of the device that it is on. */
export type Surroundings = {
  readonly has: (fault: Fault) => boolean;
  readonly inspect: (image: Buffer) => Inspection;
  /** A resource has another value. */
  readonly changed: (path: string) => void;
  /** Bytes behind a URI; a number is the result of object 5 that says why there are none. */
  readonly download: (uri: string) => Promise<Buffer | 4 | 7>;
  /** Whether the device can use the scheme of a URI. */
  readonly speaks: (uri: string) => boolean;
  /** Runs after the time that an installation takes. */
  readonly afterInstall: (run: () => void) => void;
  /** The device goes away, and comes back with this version of its firmware after `settle`. */
  readonly reboot: (version: string | undefined, settle: () => void) => void;
  readonly vanish: () => void;
};

/** One object's instance 0. */
export type DeviceObject = {
  readonly read: () => DeviceInstance;
  readonly write: (resource: number, payload: Buffer) => Reaction;
  readonly execute: (resource: number) => Reaction;
};

const NOT_ALLOWED: Reaction = { code: '4.05' };

type Received = { readonly version: string } | { readonly result: number };

const receive = (image: Buffer, { has, inspect }: Surroundings): Received => {
  const forced = (
    [
      ['no-flash', 2],
      ['no-memory', 3],
      ['corrupts', 5],
      ['rejects', 6],
    ] as const
  ).find(([fault]) => has(fault));
  return forced === undefined ? inspect(image) : { result: forced[1] };
};

/** What object 5 is told when the device is made. */
export type FirmwareOptions = {
  /** Of `/5/0/8`; see reference A1.11. */
  readonly protocols: readonly number[];
  /** Of `/5/0/9`: 0 pull, 1 push, 2 both. */
  readonly delivery: number;
  /** Whether there is `/5/0/10`. */
  readonly cancels: boolean;
};

/** Object 5: the state machine of the specification's appendix, and its reactions in reference A1.12. */
export const createFirmware = (options: FirmwareOptions, around: Surroundings): DeviceObject => {
  const { has } = around;
  let [state, result, uri, version] = [has('odd-state') ? 1 : 0, 0, '', ''];
  /** Counts what was begun, so that a download that was cancelled changes nothing when it ends. */
  let turn = 0;
  const setState = (next: number): void => {
    const before = state;
    state = next;
    if (before !== next && !has('odd-state')) around.changed('/5/0/3');
  };
  const setResult = (next: number): void => {
    const before = result;
    result = next;
    if (before !== next) around.changed('/5/0/5');
  };
  const reset = (outcome = 0): void => {
    turn += 1;
    [uri, version] = ['', ''];
    setState(0);
    setResult(outcome);
  };
  const take = (image: Buffer): void => {
    if (has('odd-state')) return;
    const received = receive(image, around);
    if ('result' in received) {
      reset(received.result);
    } else {
      version = received.version;
      setState(2);
    }
  };
  const pull = async (from: string): Promise<void> => {
    turn += 1;
    const mine = turn;
    uri = from;
    setResult(0);
    setState(1);
    const got = await around.download(from);
    if (mine !== turn) return;
    if (typeof got === 'number') reset(got);
    else take(got);
  };
  const writeUri = (text: string): Reaction => {
    if (text === '') return { code: '2.04', after: () => reset() };
    if (state !== 0) return NOT_ALLOWED;
    if (text.length > 255) return { code: '4.00', after: () => reset(7) };
    if (!around.speaks(text)) return { code: '4.00', after: () => reset(9) };
    return { code: '2.04', after: () => void pull(text) };
  };
  const install = (): void => {
    if (has('never-returns')) {
      around.vanish();
    } else if (has('installer-fails') || has('defers')) {
      setState(2);
      setResult(has('defers') ? 11 : 8);
    } else {
      restart();
    }
  };
  const restart = (): void => {
    const runs = has('rolls-back') || has('old-version') ? undefined : version;
    around.reboot(runs, () => {
      [state, uri, version] = [0, '', ''];
      result = has('forgets-result') ? 0 : has('rolls-back') ? 8 : 1;
    });
  };
  const update = (): Reaction => {
    if (has('odd-state')) {
      const first = state === 1;
      state = 2;
      return { code: first ? '2.04' : '4.00' };
    }
    if (state !== 2) return NOT_ALLOWED;
    const after = (): void => {
      setResult(0);
      setState(3);
      around.afterInstall(install);
    };
    return { code: '2.04', after };
  };
  return {
    read: () =>
      new Map<number, DeviceValue>([
        [1, uri],
        [3, state],
        [5, result],
        [7, version],
        [8, options.protocols],
        [9, options.delivery],
      ]),
    write: (resource, payload) => {
      if (resource !== 0 && resource !== 1) return NOT_ALLOWED;
      if (state === 3) return NOT_ALLOWED;
      if (resource === 1) return writeUri(payload.toString());
      if (payload.length === 0 || payload.equals(Buffer.of(0))) return { code: '2.04', after: () => reset() };
      if (state === 1 && !has('odd-state')) return NOT_ALLOWED;
      return { code: '2.04', after: () => take(payload) };
    },
    execute: (resource) => {
      if (resource === 2) return update();
      if (resource !== 10 || !options.cancels) return { code: '4.04' };
      return state === 1 || state === 2 ? { code: '2.04', after: () => reset(10) } : NOT_ALLOWED;
    },
  };
};

/** Results of object 9 for those of object 5. */
const softwareResults = new Map([
  [2, 50],
  [3, 51],
  [4, 52],
  [5, 53],
  [6, 54],
  [7, 56],
]);

/** Object 9, one slot (reference A1.14): delivered is state 3, installed is state 4 with result 2. */
export const createSoftware = (around: Surroundings): DeviceObject => {
  let [state, result, version, active] = [0, 0, '', false];
  const set = (nextState: number, nextResult: number): void => {
    const [stateWas, resultWas] = [state, result];
    [state, result] = [nextState, nextResult];
    if (stateWas !== state) around.changed('/9/0/7');
    if (resultWas !== result) around.changed('/9/0/9');
  };
  const take = (image: Buffer): void => {
    const received = receive(image, around);
    if ('result' in received) {
      set(0, softwareResults.get(received.result) ?? 57);
    } else {
      version = received.version;
      set(2, 0);
      set(3, 0);
    }
  };
  const pull = async (uri: string): Promise<void> => {
    set(1, 1);
    const got = await around.download(uri);
    if (state !== 1) return;
    if (typeof got === 'number') set(0, softwareResults.get(got) ?? 57);
    else take(got);
  };
  const install = (): void =>
    around.afterInstall(() => (around.has('installer-fails') ? set(3, 58) : set(4, 2)));
  const uninstall = (): void => {
    [version, active] = ['', false];
    set(0, 0);
  };
  const activate = (next: boolean): Reaction => {
    if (state !== 4) return NOT_ALLOWED;
    active = next;
    return { code: '2.04', after: () => around.changed('/9/0/12') };
  };
  return {
    read: () =>
      new Map<number, DeviceValue>([
        [0, state < 3 ? '' : 'app'],
        [1, state < 3 ? '' : version],
        [7, state],
        [9, result],
        [12, active],
      ]),
    write: (resource, payload) => {
      if (resource === 2) return { code: '2.04', after: () => take(payload) };
      if (resource !== 3) return NOT_ALLOWED;
      const uri = payload.toString();
      if (!around.speaks(uri)) return { code: '4.00', after: () => set(0, 56) };
      return { code: '2.04', after: () => void pull(uri) };
    },
    execute: (resource) => {
      if (resource === 4) return state === 3 ? { code: '2.04', after: install } : NOT_ALLOWED;
      if (resource === 6) return { code: '2.04', after: uninstall };
      if (resource === 10 || resource === 11) return activate(resource === 10);
      return { code: '4.04' };
    },
  };
};
