import { profileOf, usualDefaults } from '../../src/devices/lwm2m/profile.ts';
import { idleSession, next } from '../../src/devices/lwm2m/session.ts';
import type { Action, Input, Order, Readings, Session } from '../../src/devices/lwm2m/session-types.ts';
import type { Phase } from '../../src/domain/position.ts';

type Said = Extract<Action, { do: 'report' }>['said'];

/** A device as a session sees it: it answers what it is asked, at once. `undefined` is no answer. */
export type Thing = {
  readonly read: (now: number) => Readings | undefined;
  /** A code, or `undefined` for none; of a push that broke off, how far it came. */
  readonly ask: (
    action: Extract<Action, { do: 'reset' | 'offer' | 'push' | 'execute' | 'activate' }>,
    now: number,
  ) => string | { readonly sent: number } | undefined;
};

export type Played = {
  readonly actions: readonly Action[];
  /** Names of what was done in order, waiting left out. */
  readonly done: readonly string[];
  readonly reports: readonly Said[];
  readonly session: Session;
  /** How the gate saw it end; `undefined` while it goes on. */
  readonly ended: 'succeeded' | 'stopped' | Extract<Said, { type: 'failure' }> | undefined;
  readonly now: number;
};

export type Playing = {
  readonly order?: Partial<Order>;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** For how long, in milliseconds of its own clock. */
  readonly for?: number;
  readonly session?: Session;
  /** From when on the device is asked to stop. */
  readonly recallAt?: number;
  /** Phases that the gate does not open before. */
  readonly opens?: Partial<Record<Phase, number>>;
  /** Looks at the session as it is kept before each step; what it answers goes on instead. */
  readonly kept?: (session: Session) => Session;
  readonly phase?: Phase;
};

const order: Order = {
  attempt: '1.1.1',
  journey: '1.1',
  kind: 'firmware',
  due: 'download',
  recalled: false,
  again: false,
  target: '2.0',
  size: 200_000,
  offers: ['http', 'coap'],
};

const phases: readonly Phase[] = ['download', 'execution', 'activation'];

const nameOf = (action: Action): string => {
  if (action.do === 'offer') return `offer ${action.scheme}`;
  if (action.do === 'reset') return `reset ${action.by}`;
  if (action.do !== 'report') return action.do;
  const { said } = action;
  if (said.type === 'progress') return `${said.phase} ${said.step}`;
  return said.type === 'failure' ? `failed: ${said.reason}` : said.type === 'stop' ? said.answer : said.type;
};

/** Plays a session against a device and a gate that lets each phase begin, until it ends or the time is over. */
export const play = (thing: Thing, playing: Playing = {}): Played => {
  const profile = profileOf(playing.attributes ?? {}, { queue: false, stream: false }, usualDefaults);
  const actions: Action[] = [];
  const reports: Said[] = [];
  let session = playing.session ?? idleSession;
  let phase: Phase | undefined = playing.phase ?? 'download';
  let isRefused = false;
  let ended: Played['ended'];
  let now = 1_000_000;
  const over = now + (playing.for ?? 3_600_000);
  let input: Input = { type: 'look' };
  let given: Order | undefined;

  const take = (said: Said): void => {
    reports.push(said);
    if (said.type === 'failure') ended = said;
    if (said.type === 'stop' && said.answer === 'stopped') ended = 'stopped';
    if (said.type === 'stop' && said.answer === 'refused') isRefused = true;
    if (said.type !== 'progress' || said.step !== 'complete') return;
    const done = phases.indexOf(said.phase);
    if (phase !== undefined && done >= phases.indexOf(phase)) phase = phases[done + 1];
    if (phase === undefined) ended ??= 'succeeded';
  };

  const gate = (): Input => {
    if (ended !== undefined || phase === undefined) return { type: 'order', order: undefined, until: null };
    const opens = 1_000_000 + (playing.opens?.[phase] ?? 0);
    const recalled = !isRefused && playing.recallAt !== undefined && now >= 1_000_000 + playing.recallAt;
    given = { ...order, ...playing.order, due: recalled || now < opens ? undefined : phase, recalled };
    return { type: 'order', order: given, until: opens };
  };

  const answer = (action: Action): Input | undefined => {
    switch (action.do) {
      case 'ask':
        return gate();
      case 'read': {
        const readings = thing.read(now);
        return readings === undefined ? { type: 'silent', offset: 0 } : { type: 'read', readings };
      }
      case 'report':
        take(action.said);
        return undefined;
      case 'observe':
      case 'unobserve':
        return undefined;
      case 'wait':
        now = Math.max(now + 1, action.until ?? Number.POSITIVE_INFINITY);
        return { type: 'look' };
      default: {
        const said = thing.ask(action, now);
        if (typeof said === 'string') return { type: 'answered', code: said, offset: 0 };
        return { type: 'silent', offset: said?.sent ?? 0 };
      }
    }
  };

  for (let steps = 0; steps < 2_000 && now < over; steps += 1) {
    session = playing.kept?.(session) ?? session;
    const step = next(session, input, { profile, now, order: given });
    ({ session } = step);
    let answered: Input | undefined;
    for (const action of step.actions) {
      actions.push(action);
      answered = answer(action);
    }
    if (answered === undefined) break;
    input = answered;
    if (ended !== undefined && step.actions.at(-1)?.do === 'wait') break;
  }
  const done = actions.filter(({ do: what }) => what !== 'wait' && what !== 'ask' && what !== 'read');
  return { actions, done: done.map(nameOf), reports, session, ended, now };
};
