/** What a metric is called and means, as docs/metrics.md has it. */
export type MetricWords = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
};

/** One combination of labels: looked up once, then only counted. */
export type Counter = { readonly add: (by?: number) => void };
export type Histogram = { readonly observe: (seconds: number) => void };

/** All series of one name. `of` takes values in the order of its labels, and gives the same series for the same. */
export type Family<Series> = {
  readonly of: (...values: readonly string[]) => Series;
  readonly lines: () => readonly string[];
};

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelled = (labels: readonly string[], values: readonly string[]): string =>
  labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`).join(',');

/** A line of the Prometheus text format 0.0.4. */
export const sample = (name: string, labels: string, value: number): string =>
  `${name}${labels === '' ? '' : `{${labels}}`} ${value}`;

/** What stands above the lines of a metric. */
export const headOf = (name: string, { type, help }: MetricWords): readonly string[] => [
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
  `# TYPE ${name} ${type}`,
];

const family = <Series>(
  labels: readonly string[],
  make: (text: string) => Series & { readonly lines: () => readonly string[] },
): Family<Series> => {
  const all = new Map<string, Series & { readonly lines: () => readonly string[] }>();
  return {
    of: (...values) => {
      const text = labelled(labels, values);
      const known = all.get(text);
      if (known !== undefined) return known;
      const series = make(text);
      all.set(text, series);
      return series;
    },
    lines: () => [...all.values()].flatMap(({ lines }) => lines()),
  };
};

/** Numbers that only go up. */
export const counters = (name: string, { labels }: MetricWords): Family<Counter> =>
  family(labels, (text) => {
    let count = 0;
    return {
      add: (by = 1) => {
        count += by;
      },
      lines: () => [sample(name, text, count)],
    };
  });

/** Times in seconds, counted by upper bounds. */
export const histograms = (
  name: string,
  { labels }: MetricWords,
  bounds: readonly number[],
): Family<Histogram> =>
  family(labels, (text) => {
    const counts = new Float64Array(bounds.length + 1);
    let sum = 0;
    const before = text === '' ? '' : `${text},`;
    return {
      observe: (seconds) => {
        let index = 0;
        while (index < bounds.length && seconds > (bounds[index] ?? 0)) index += 1;
        counts[index] = (counts[index] ?? 0) + 1;
        sum += seconds;
      },
      lines: () => {
        let total = 0;
        const buckets = [...counts].map((count, index) => {
          total += count;
          return sample(`${name}_bucket`, `${before}le="${bounds[index] ?? '+Inf'}"`, total);
        });
        return [...buckets, sample(`${name}_sum`, text, sum), sample(`${name}_count`, text, total)];
      },
    };
  });

/** One line for each value, by the value of its only label. */
export const gaugeLines = (
  name: string,
  { labels }: MetricWords,
  values: Readonly<Record<string, number>>,
): readonly string[] =>
  Object.entries(values).map(([value, number]) => sample(name, labelled(labels, [value]), number));
