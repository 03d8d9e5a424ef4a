import { type Instant, SECOND } from '../../domain/time.ts';

/** A gateway is woken at most once in each span of this length. */
const SPAN = 30 * SECOND;

/** In which span a wake-up is sent, and not before when if that is a later one; its number names it. */
export type WakeSpan = { readonly span: number; readonly notBefore: Instant | null };

/**
 * When to send the wake-up for what happened now, after the earlier causes of wake-ups, oldest first. The first cause
 * in a span wakes at once, the second at the beginning of the next span, which all that follow share: so that nobody
 * who has fetched its tasks in between misses the last one.
 */
export const wakeSpanOf = (earlier: readonly Instant[], now: Instant): WakeSpan => {
  const span = [...earlier, now].reduce((taken, at) => {
    const own = Math.floor(at / SPAN);
    if (taken > own) return taken;
    return taken === own ? own + 1 : own;
  }, Number.NEGATIVE_INFINITY);
  return { span, notBefore: span * SPAN > now ? span * SPAN : null };
};
