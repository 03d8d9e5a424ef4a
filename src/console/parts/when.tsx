import { useEffect } from 'react';
import { newValue, useValue } from '../data/store.ts';
import { ago, instant } from '../words/format.ts';

const now = newValue(Date.now());
let shown = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all that tells how long ago something was: every second, while any of it is shown. */
export const useNow = (): number => {
  useEffect(() => {
    shown += 1;
    timer ??= setInterval(() => now.set(Date.now()), 1_000);
    return () => {
      shown -= 1;
      if (shown > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return useValue(now);
};

/** The clock here goes on once a second, and the server's may be a little ahead: what has just happened is now. */
const SLACK = 2_000;

const textOf = (at: number, present: number): string =>
  at > present && at - present < SLACK ? 'now' : ago(at, present);

/** How long ago or how far ahead; the instant itself is in its title. */
export const When = ({ at, none = 'never' }: { readonly at: string | null; readonly none?: string }) => {
  const present = useNow();
  if (at === null) return <span>{none}</span>;
  return (
    <time dateTime={at} title={instant(at)}>
      {textOf(Date.parse(at), present)}
    </time>
  );
};
