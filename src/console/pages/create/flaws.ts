import { ProblemError } from '../../../client/problem.ts';
import type { Problem } from '../../../wire/muster/common.ts';
import { sentence } from '../../words/format.ts';
import type { Flaw } from './form.ts';

const LONG = 60;

type Told = NonNullable<Problem['errors']>[number];

/** A body may have the plan inside of it. */
const withoutPlan = (at: string): string => at.replace(/^\/plan(?=\/)/, '');

const textOf = ({ expected, got }: Told): string => {
  const came = got === '' || got.length > LONG ? '' : `; this is ${got}`;
  return `${sentence(`expected ${expected}`)}${came}.`;
};

/** What the server found wrong with a plan, field by field; where it names none, at the whole of it. */
export const flawsOf = (error: unknown): readonly Flaw[] => {
  if (!(error instanceof ProblemError)) return [];
  const { code, detail, errors = [] } = error.problem;
  if (errors.length > 0) return errors.map((told) => ({ at: withoutPlan(told.at), text: textOf(told) }));
  if (code === 'query/syntax') return [{ at: '/target/expression', text: detail }];
  if (code === 'not-found') return [{ at: missingAt(detail), text: detail }];
  return [{ at: '', text: detail }];
};

/** The server names what is not there, but not where it was asked for. */
const missingAt = (detail: string): string => {
  if (/\bpackage\b/i.test(detail)) return '/packages';
  if (/\bquery\b/i.test(detail)) return '/target';
  return /\bdevices?\b/i.test(detail) ? '/devices' : '';
};

/** What is wrong at a place or below it; nothing where all is well. */
export const flawAt = (flaws: readonly Flaw[], at: string): string | undefined =>
  flaws.find((flaw) => flaw.at === at || flaw.at.startsWith(`${at}/`))?.text;

/** What is wrong at a place and not deeper, where something else shows it. */
export const flawExactlyAt = (flaws: readonly Flaw[], at: string): string | undefined =>
  flaws.find((flaw) => flaw.at === at)?.text;
