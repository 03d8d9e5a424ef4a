import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { NoteGate } from '../app/check-in.ts';
import type { Overview, ReplicaLook } from '../app/lists.ts';
import { gateRules } from '../domain/gate.ts';
import { positions } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import { outcomes } from '../domain/update.ts';
import {
  type Counter,
  counters,
  gaugeLines,
  type Histogram,
  headOf,
  histograms,
  type MetricWords,
  sample,
} from './series.ts';

/** Every metric of our own, in the order of docs/metrics.md, which a test compares with this table. */
export const metrics = {
  muster_http_request_duration_seconds: {
    type: 'histogram',
    labels: ['method', 'route', 'status'],
    help: 'Time from a request to the end of its reply; a stream is not timed but counted as 0 when it ends.',
  },
  muster_polls_total: {
    type: 'counter',
    labels: ['protocol'],
    help: 'Times that devices asked what to do and were answered.',
  },
  muster_reports_total: {
    type: 'counter',
    labels: ['protocol'],
    help: 'Reports of devices that were taken.',
  },
  muster_gate_decisions_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'Answers of the gate to devices that made contact: open, or once for each reason why not.',
  },
  muster_deliveries_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Attempts to deliver a message: delivered, retried later, or dead.',
  },
  muster_store_duration_seconds: {
    type: 'histogram',
    labels: ['operation'],
    help: 'Time that the database took, by what it was asked.',
  },
  muster_blobs_duration_seconds: {
    type: 'histogram',
    labels: ['operation'],
    help: 'Time that the store of package bytes took, by what it was asked; a put includes the upload.',
  },
  muster_updates: {
    type: 'gauge',
    labels: ['state'],
    help: 'Updates of all campaigns: by position while open, by outcome once closed.',
  },
  muster_outbox_events: { type: 'gauge', labels: [], help: 'Events that are not handed on yet.' },
  muster_outbox_oldest_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Age of the oldest event that is not handed on yet; 0 when there is none.',
  },
  muster_streams: { type: 'gauge', labels: [], help: 'Live streams that are open.' },
  muster_event_loop_delay_seconds: {
    type: 'gauge',
    labels: ['quantile'],
    help: 'By how much the event loop was late since the last look at these metrics.',
  },
  muster_store_up: {
    type: 'gauge',
    labels: [],
    help: 'Whether the database answered when these metrics were read.',
  },
  muster_replica_reads_total: {
    type: 'counter',
    labels: ['at'],
    help: 'Reads of lists and reports where a replica is set: at the replica, or at the primary in its place.',
  },
  muster_replica_up: {
    type: 'gauge',
    labels: [],
    help: 'Whether the replica answered when these metrics were read; nothing where none is set.',
  },
  muster_replica_lag_bytes: {
    type: 'gauge',
    labels: [],
    help: 'How much of the log the replica has not replayed yet; nothing where it does not answer.',
  },
} as const satisfies Readonly<Record<string, MetricWords>>;

/** Those of the database, which every process tells alike. */
export const sharedMetrics: ReadonlySet<string> = new Set<keyof typeof metrics>([
  'muster_updates',
  'muster_outbox_events',
  'muster_outbox_oldest_seconds',
  'muster_store_up',
  'muster_replica_up',
  'muster_replica_lag_bytes',
]);

const requestBounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10] as const;
const workBounds = [0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5] as const;

/** What is counted while the server works. */
export type Meters = {
  readonly request: (method: string, route: string, status: string) => Histogram;
  readonly poll: (protocol: string) => Counter;
  readonly report: (protocol: string) => Counter;
  readonly noteGate: NoteGate;
  readonly delivery: (outcome: 'delivered' | 'retried' | 'dead') => Counter;
  readonly store: (operation: string) => Histogram;
  readonly blobs: (operation: string) => Histogram;
  /** All of it in the Prometheus text format, with how things are now. */
  readonly text: (now: Now) => string;
};

/** How things are: `overview` is absent when the store does not answer. */
export type Now = {
  readonly at: Instant;
  readonly overview: Overview | undefined;
  readonly streams: number;
  /** Absent where no replica is set. */
  readonly replica?: ReplicaLook | undefined;
};

const RESOLUTION = 10;
const NANOSECONDS = 1e9;

/** How late the event loop is: the timer that measures it is itself due every so many milliseconds. */
const watchEventLoop = () => {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  const seconds = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION / 1_000) : 0;
  return (): Readonly<Record<string, number>> => {
    const values = {
      '0.5': seconds(delay.percentile(50)),
      '0.99': seconds(delay.percentile(99)),
      '1': delay.count === 0 ? 0 : seconds(delay.max),
    };
    delay.reset();
    return values;
  };
};

const statesOf = ({ updates: { open, closed } }: Overview): Readonly<Record<string, number>> => ({
  ...Object.fromEntries(positions.map((position) => [position, open[position] ?? 0])),
  ...Object.fromEntries(outcomes.map((outcome) => [outcome, closed[outcome] ?? 0])),
});

const ageOf = ({ outbox: { oldest } }: Overview, now: Instant): number =>
  oldest === null ? 0 : Math.max(0, now - oldest) / 1_000;

const replicaLines = (replica: ReplicaLook | undefined): Readonly<Record<string, readonly string[]>> => {
  if (replica === undefined) return {};
  const { reads, behind } = replica;
  return {
    muster_replica_reads_total: gaugeLines(
      'muster_replica_reads_total',
      metrics.muster_replica_reads_total,
      reads,
    ),
    muster_replica_up: [sample('muster_replica_up', '', behind === null ? 0 : 1)],
    muster_replica_lag_bytes: behind === null ? [] : [sample('muster_replica_lag_bytes', '', behind)],
  };
};

/** Counters that start at nothing. The hot paths look a series up once and count it from then on. */
export const createMeters = (): Meters => {
  const families = {
    muster_http_request_duration_seconds: histograms(
      'muster_http_request_duration_seconds',
      metrics.muster_http_request_duration_seconds,
      requestBounds,
    ),
    muster_polls_total: counters('muster_polls_total', metrics.muster_polls_total),
    muster_reports_total: counters('muster_reports_total', metrics.muster_reports_total),
    muster_gate_decisions_total: counters('muster_gate_decisions_total', metrics.muster_gate_decisions_total),
    muster_deliveries_total: counters('muster_deliveries_total', metrics.muster_deliveries_total),
    muster_store_duration_seconds: histograms(
      'muster_store_duration_seconds',
      metrics.muster_store_duration_seconds,
      workBounds,
    ),
    muster_blobs_duration_seconds: histograms(
      'muster_blobs_duration_seconds',
      metrics.muster_blobs_duration_seconds,
      workBounds,
    ),
  } as const;
  const lateness = watchEventLoop();
  const gate = families.muster_gate_decisions_total;
  const open = gate.of('open');
  const shut = new Map(gateRules.map((rule) => [rule, gate.of(rule)]));
  for (const outcome of ['delivered', 'retried', 'dead']) families.muster_deliveries_total.of(outcome);

  const present = ({ at, overview, streams, replica }: Now): Readonly<Record<string, readonly string[]>> => ({
    muster_updates:
      overview === undefined ? [] : gaugeLines('muster_updates', metrics.muster_updates, statesOf(overview)),
    muster_outbox_events:
      overview === undefined ? [] : [sample('muster_outbox_events', '', overview.outbox.depth)],
    muster_outbox_oldest_seconds:
      overview === undefined ? [] : [sample('muster_outbox_oldest_seconds', '', ageOf(overview, at))],
    muster_streams: [sample('muster_streams', '', streams)],
    muster_event_loop_delay_seconds: gaugeLines(
      'muster_event_loop_delay_seconds',
      metrics.muster_event_loop_delay_seconds,
      lateness(),
    ),
    muster_store_up: [sample('muster_store_up', '', overview === undefined ? 0 : 1)],
    ...replicaLines(replica),
  });

  return {
    request: families.muster_http_request_duration_seconds.of,
    poll: families.muster_polls_total.of,
    report: families.muster_reports_total.of,
    noteGate: (answer) => {
      if (answer.open) open.add();
      else for (const { rule } of answer.reasons) shut.get(rule)?.add();
    },
    delivery: families.muster_deliveries_total.of,
    store: families.muster_store_duration_seconds.of,
    blobs: families.muster_blobs_duration_seconds.of,
    text: (now) => {
      const gauges = present(now);
      const lines = Object.entries<MetricWords>(metrics).flatMap(([name, words]) => {
        const own = name in families ? families[name as keyof typeof families].lines() : (gauges[name] ?? []);
        return [...headOf(name, words), ...own];
      });
      return `${lines.join('\n')}\n`;
    },
  };
};
