import { useEffect } from 'react';

const dialogOf = (node: EventTarget | null): Element | null =>
  node instanceof Element ? node.closest('[role="dialog"]') : null;

/** Where somebody was before a dialog; of a menu, which is gone by then, the button that opened it. */
const wayBack = (node: EventTarget | null): HTMLElement | undefined => {
  if (!(node instanceof HTMLElement) || node === document.body) return undefined;
  const menu = node.closest('[role="menu"]');
  return (menu && document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(menu.id)}"]`)) ?? node;
};

/**
 * Leads back to where somebody was before a dialog, when it is closed. Dialogs are there only while they are open, so that
 * none of them is left to do it.
 */
export const useFocusBack = (): void => {
  useEffect(() => {
    let back: HTMLElement | undefined;
    const watch = new MutationObserver(() => {
      if (document.querySelector('[role="dialog"]') !== null) return;
      if (document.activeElement === document.body && back?.isConnected === true) back.focus();
      back = undefined;
      watch.disconnect();
    });
    const entered = ({ target, relatedTarget }: FocusEvent): void => {
      if (dialogOf(target) === null || dialogOf(relatedTarget) !== null || back !== undefined) return;
      back = wayBack(relatedTarget);
      if (back !== undefined) watch.observe(document.body, { childList: true, subtree: true });
    };
    document.addEventListener('focusin', entered);
    return () => {
      document.removeEventListener('focusin', entered);
      watch.disconnect();
    };
  }, []);
};
