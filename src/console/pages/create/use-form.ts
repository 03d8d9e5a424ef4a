import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { CampaignPatch } from '../../../wire/muster/plan.ts';
import { useApi, useWho } from '../../session/use-session.ts';
import { type Draft, draftKey, dropDraft, keepDraft, readDraft } from './draft.ts';
import type { Form } from './form.ts';

const SOON = 400;

export type KeptForm = {
  readonly form: Form;
  readonly change: (patch: CampaignPatch) => void;
  readonly setDevices: (ids: readonly string[]) => void;
  readonly replace: (form: Form) => void;
  /** Another one each time that all of it was replaced: fields that hold something of their own begin anew. */
  readonly generation: number;
  /** The draft that the page began with, if somebody has left one. */
  readonly found: Draft | undefined;
  /** Whether something was filled in that is not saved. */
  readonly isChanged: boolean;
  /** Back to the beginning. */
  readonly discard: () => void;
  /** What was filled in is saved: no draft is left. */
  readonly done: () => void;
};

/**
 * What somebody fills in, kept in this browser as they do: for each account and person, under what it is about. `revision` is
 * that of the campaign that is edited, 0 for a new one.
 */
export const useForm = (about: string, beginning: Form, revision: number): KeptForm => {
  const { account } = useApi();
  const { user } = useWho();
  const key = draftKey(account, user.id, about);
  const [found, setFound] = useState(() => readDraft(localStorage, key));
  const [form, setForm] = useState<Form>(() => found ?? beginning);
  const [isChanged, setChanged] = useState(found !== undefined);
  const [generation, setGeneration] = useState(0);
  const isDone = useRef(false);

  const set = useCallback((next: (was: Form) => Form): void => {
    setForm(next);
    setChanged(true);
  }, []);
  const change = useCallback(
    (patch: CampaignPatch) => set((was) => ({ ...was, plan: { ...was.plan, ...patch } })),
    [set],
  );
  const setDevices = useCallback((devices: readonly string[]) => set((was) => ({ ...was, devices })), [set]);
  const replace = useCallback(
    (next: Form) => {
      set(() => next);
      setGeneration((was) => was + 1);
    },
    [set],
  );

  // What is on its way when the page is left is kept too.
  const latest = useRef({ form, isChanged });
  latest.current = { form, isChanged };
  const keep = useCallback((): void => {
    const { form: now, isChanged: has } = latest.current;
    if (has && !isDone.current) keepDraft(localStorage, key, { ...now, at: Date.now(), revision });
  }, [key, revision]);
  useEffect(() => {
    if (!isChanged) return undefined;
    const timer = setTimeout(keep, SOON, form);
    return () => clearTimeout(timer);
  }, [form, isChanged, keep]);
  useEffect(() => {
    window.addEventListener('pagehide', keep);
    return () => {
      window.removeEventListener('pagehide', keep);
      keep();
    };
  }, [keep]);

  return useMemo(() => {
    const done = (): void => {
      isDone.current = true;
      dropDraft(localStorage, key);
    };
    const discard = (): void => {
      dropDraft(localStorage, key);
      setFound(undefined);
      setForm(beginning);
      setGeneration((was) => was + 1);
      setChanged(false);
    };
    return { form, change, setDevices, replace, generation, found, isChanged, discard, done };
  }, [form, change, setDevices, replace, generation, found, isChanged, key, beginning]);
};
