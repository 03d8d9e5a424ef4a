import { Text } from '@mantine/core';
import { count, duration, percent } from '../../words/format.ts';
import { type Ramp, rampCurve, type Step, stepsOf, type Wave } from '../../words/pace.ts';
import styles from './create.module.css';

const MINUTE = 60_000;
const WHOLE = 1_000;

const sizeText = ({ from, to }: Step, devices: number | undefined): string => {
  if (to === null) return 'by its query';
  const share = percent(Math.round((to - from) * WHOLE), WHOLE);
  return devices === undefined || devices === 0
    ? share
    : `${share}, about ${count(Math.round((to - from) * devices))}`;
};

/** Waves as steps, each upon the one before. */
export const WavesDrawing = ({
  waves,
  devices,
}: {
  readonly waves: readonly Wave[];
  readonly devices: number | undefined;
}) => {
  const steps = stepsOf(waves, devices);
  return (
    <ol className={styles.steps} aria-label="The waves, one after the other">
      {steps.map((step, place) => {
        const { name, from, to } = step;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a wave is its place in the list
          <li key={place}>
            <span className={styles.stepName}>{name || `Wave ${place + 1}`}</span>
            <span className={styles.stepTrack} aria-hidden>
              <span
                className={styles.step}
                data-unknown={to === null}
                style={{
                  left: `${100 * from}%`,
                  width: `${100 * Math.max(0.006, (to ?? from + 0.08) - from)}%`,
                }}
              />
            </span>
            <span className={styles.stepSize}>{sizeText(step, devices)}</span>
          </li>
        );
      })}
    </ol>
  );
};

const WIDTH = 600;
const HEIGHT = 120;

/** Devices that have begun, over time, if all goes well. */
export const RampDrawing = ({ ramp, devices }: { readonly ramp: Ramp; readonly devices: number }) => {
  const points = rampCurve(ramp, devices);
  const end = points.at(-1)?.minute ?? 0;
  if (devices === 0 || end === 0) {
    return (
      <Text size="sm" c="dimmed">
        The ramp is drawn once it is known how many devices there are.
      </Text>
    );
  }
  const path = points
    .map(({ minute, devices: n }, index) => {
      const x = (WIDTH * minute) / end;
      const y = HEIGHT - (HEIGHT * n) / devices;
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join(' ');
  const label = `All ${count(devices)} have begun after ${duration(end * MINUTE)} at the earliest`;
  return (
    <figure className={styles.ramp}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <path d={`${path} L${WIDTH} ${HEIGHT} L0 ${HEIGHT} Z`} className={styles.rampArea} />
        <path d={path} className={styles.rampLine} vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption>
        <span>0</span>
        <span>{label}</span>
      </figcaption>
    </figure>
  );
};
