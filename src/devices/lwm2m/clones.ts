/** Is told of each registration: the device, from where it registered before, and from where now; whether it is two. */
export type CloneWatch = (device: string, before: string, now: string) => boolean;

const MOST = 10_000;
/** A device may move; one that moves to and fro so often is two. */
const SUSPICIOUS = 3;

type Moves = { readonly from: string; readonly to: string; readonly turns: number };

/** Finds devices whose registrations come from two addresses in turn (A1.15), each once for as long as that goes on. */
export const createCloneWatch = (): CloneWatch => {
  const moves = new Map<string, Moves>();
  return (device, before, now) => {
    if (before === now) return false;
    const known = moves.get(device);
    const isBack = known !== undefined && known.from === now && known.to === before;
    const turns = isBack ? known.turns + 1 : 0;
    moves.delete(device);
    moves.set(device, { from: before, to: now, turns });
    const [oldest] = moves.keys();
    if (moves.size > MOST && oldest !== undefined) moves.delete(oldest);
    return turns === SUSPICIOUS;
  };
};
