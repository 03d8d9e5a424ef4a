import { useEffect } from 'react';

/** Keys one after the other, and what they do; `keys` as somebody reads them: `g c`. */
export type Shortcut = { readonly keys: string; readonly label: string; readonly run: () => void };

/** Two keys belong together when no more than this is between them, in milliseconds. */
const TOGETHER = 1_000;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Carries out shortcuts while the component is shown, but not while somebody types or a dialog is open. */
export const useShortcuts = (shortcuts: readonly Shortcut[]): void => {
  useEffect(() => {
    let pressed: { readonly key: string; readonly at: number } | undefined;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      const both = pressed && event.timeStamp - pressed.at < TOGETHER ? `${pressed.key} ${event.key}` : '';
      const found =
        shortcuts.find(({ keys }) => keys === both) ?? shortcuts.find(({ keys }) => keys === event.key);
      pressed = found === undefined ? { key: event.key, at: event.timeStamp } : undefined;
      if (found === undefined) return;
      event.preventDefault();
      found.run();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [shortcuts]);
};
