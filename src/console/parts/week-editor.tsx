// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be a grid that is gone through with arrow keys
// biome-ignore-all lint/a11y/useFocusableInteractive: cells are, one of them at a time; rows are not
import { useMediaQuery } from '@mantine/hooks';
import { type KeyboardEvent, type MouseEvent, memo, type PointerEvent, useRef, useState } from 'react';
import { dayLabels, HOURS_A_DAY, type Hours, marked, type Place } from '../words/week.ts';
import styles from './week-editor.module.css';

type WeekEditorProps = {
  /** What the hours are of: `Installation hours`. */
  readonly label: string;
  readonly hours: Hours;
  readonly onChange: (hours: Hours) => void;
};

const steps: Readonly<Record<string, Place>> = {
  ArrowUp: { day: -1, hour: 0 },
  ArrowDown: { day: 1, hour: 0 },
  ArrowLeft: { day: 0, hour: -1 },
  ArrowRight: { day: 0, hour: 1 },
};

const within = (n: number, most: number): number => Math.max(0, Math.min(most, n));

const stepped = ({ day, hour }: Place, by: Place): Place => ({
  day: within(day + by.day, dayLabels.length - 1),
  hour: within(hour + by.hour, HOURS_A_DAY - 1),
});

/** Days are beside each other where there is little room, hours below each other. */
const NARROW = '(max-width: 48em)';
const turned: Readonly<Record<string, string>> = {
  ArrowUp: 'ArrowLeft',
  ArrowDown: 'ArrowRight',
  ArrowLeft: 'ArrowUp',
  ArrowRight: 'ArrowDown',
};

/** Where a key leads; nothing for keys that lead nowhere. */
const reached = (key: string, at: Place): Place | undefined => {
  const step = steps[key];
  if (step !== undefined) return stepped(at, step);
  if (key === 'Home') return { ...at, hour: 0 };
  return key === 'End' ? { ...at, hour: HOURS_A_DAY - 1 } : undefined;
};

const placeOf = (target: Element | null): Place | undefined => {
  const cell = target?.closest<HTMLElement>('[data-hour]');
  return cell === null || cell === undefined
    ? undefined
    : { day: Number(cell.dataset['day']), hour: Number(cell.dataset['hour']) };
};

const axis = [0, 6, 12, 18];

type Marking = { readonly from: Place; readonly was: Hours; readonly open: boolean };

/**
 * The hours of a week, to be marked: by dragging over them, or with arrow keys and the space bar; with Shift held, arrow keys
 * go on marking. A click on a day is for all of it.
 */
export const WeekEditor = memo(({ label, hours, onChange }: WeekEditorProps) => {
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<Place>({ day: 0, hour: 0 });
  const marking = useRef<Marking>(undefined);
  const isNarrow = useMediaQuery(NARROW) ?? false;
  const isOpen = ({ day, hour }: Place): boolean => hours[day]?.[hour] ?? false;

  const begin = (place: Place): void => {
    marking.current = { from: place, was: hours, open: !isOpen(place) };
    setAt(place);
    onChange(marked(hours, place, place, !isOpen(place)));
  };
  const extend = (place: Place): void => {
    const { current } = marking;
    if (current !== undefined) onChange(marked(current.was, current.from, place, current.open));
  };

  const press = (event: KeyboardEvent): void => {
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      begin(at);
      return;
    }
    const next = reached(isNarrow ? (turned[event.key] ?? event.key) : event.key, at);
    if (next === undefined) return;
    event.preventDefault();
    if (event.shiftKey) extend(next);
    setAt(next);
    grid.current?.querySelector<HTMLElement>(`[data-day="${next.day}"][data-hour="${next.hour}"]`)?.focus();
  };

  const pointed = (event: PointerEvent): void => {
    const place = placeOf(event.target instanceof Element ? event.target : null);
    // A finger that moves scrolls the page; where it taps, an hour is marked.
    if (place === undefined || event.button !== 0 || event.pointerType === 'touch') return;
    grid.current?.setPointerCapture(event.pointerId);
    begin(place);
  };
  const dragged = (event: PointerEvent): void => {
    if (!grid.current?.hasPointerCapture(event.pointerId)) return;
    const place = placeOf(document.elementFromPoint(event.clientX, event.clientY));
    if (place !== undefined) extend(place);
  };

  const tapped = ({ nativeEvent, target }: MouseEvent): void => {
    if (!('pointerType' in nativeEvent) || nativeEvent.pointerType !== 'touch') return;
    const place = placeOf(target instanceof Element ? target : null);
    if (place !== undefined) begin(place);
  };

  const turnDay = (day: number): void => {
    const isWhole = hours[day]?.every(Boolean) ?? false;
    onChange(marked(hours, { day, hour: 0 }, { day, hour: HOURS_A_DAY - 1 }, !isWhole));
  };

  return (
    <div className={styles.frame}>
      <div
        ref={grid}
        role="grid"
        aria-label={label}
        aria-multiselectable
        className={styles.week}
        onKeyDown={press}
        onPointerDown={pointed}
        onPointerMove={dragged}
        onClick={tapped}
        tabIndex={-1}
      >
        {dayLabels.map((name, day) => (
          <div key={name} role="row" className={styles.day}>
            <div role="rowheader">
              <button
                type="button"
                className={styles.name}
                onClick={() => turnDay(day)}
                title="All of it, or none"
              >
                {name}
              </button>
            </div>
            {hours[day]?.map((open, hour) => (
              <div
                // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its place in the day
                key={hour}
                role="gridcell"
                data-day={day}
                data-hour={hour}
                data-open={open}
                aria-selected={open}
                aria-label={`${name} ${hour} to ${hour + 1}`}
                tabIndex={at.day === day && at.hour === hour ? 0 : -1}
                className={styles.hour}
              />
            ))}
          </div>
        ))}
      </div>
      <div className={styles.axis} aria-hidden>
        {axis.map((hour) => (
          <span key={hour}>{String(hour).padStart(2, '0')}</span>
        ))}
        <span>24</span>
      </div>
    </div>
  );
});
