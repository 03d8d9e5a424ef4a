import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMeters, metrics } from '../src/server/meters.ts';
import { deviceVisits, streamRoute } from '../src/server/visits.ts';
import { type Api, startApi } from './support/api.ts';
import { markdownTable } from './support/markdown.ts';
import { startMetered } from './support/metered-server.ts';
import { selectorsIn } from './support/promql.ts';
import { realRoutes } from './support/real-routes.ts';
import { rulesIn } from './support/rule-file.ts';

const readDoc = (name: string): Promise<string> =>
  readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8');

/** The labels that a name may be selected by; throws for a name that there is not. */
const labelsOf = (name: string): readonly string[] => {
  if (name === 'up') return ['job', 'instance'];
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const [known, words] = Object.entries(metrics).find(([one]) => one === name || one === base) ?? [];
  if (words === undefined) throw new Error(`there is no metric ${name}`);
  if ((words.type === 'histogram') === (known === name)) throw new Error(`${name} is no series`);
  return [...words.labels, 'instance', 'job', ...(name.endsWith('_bucket') ? ['le'] : [])];
};

const check = (expression: string): void => {
  for (const { name, labels } of selectorsIn(expression)) {
    for (const label of labels) expect(labelsOf(name), `${name} in ${expression}`).toContain(label);
  }
};

describe('docs/metrics.md', () => {
  it('lists every metric in the order of the code, with its type, labels and meaning', async () => {
    const rows = markdownTable(await readDoc('metrics.md'), 'metric');
    const expected = Object.entries(metrics).map(([metric, { type, labels, help }]) => ({
      ...{ metric, type, labels: labels.join(', '), meaning: help },
    }));
    expect(rows).toEqual(expected);
  });
});

describe('docs/grafana-dashboard.json', () => {
  it('asks in each panel for metrics that there are', async () => {
    const { panels } = JSON.parse(await readDoc('grafana-dashboard.json'));
    expect(panels.length).toBeGreaterThan(8);
    for (const { targets } of panels) {
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr } of targets) check(expr);
    }
    const asked = panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    );
    for (const name of Object.keys(metrics)) expect(asked.join('\n')).toContain(name);
  });
});

describe('docs/alerts.yml', () => {
  it('has rules that Prometheus can read, about metrics that there are', async () => {
    const rules = rulesIn(await readDoc('alerts.yml'));
    expect(rules.length).toBeGreaterThan(5);
    for (const rule of rules) {
      expect(Object.keys(rule)).toEqual(['alert', 'expr', 'for', 'labels', 'annotations']);
      expect(rule.alert).toMatch(/^Muster[A-Za-z]+$/);
      expect(rule.for).toMatch(/^\d+[smh]$/);
      expect(['warning', 'critical']).toContain(rule.labels['severity']);
      expect(Object.keys(rule.annotations)).toEqual(['summary', 'description']);
      check(rule.expr);
    }
  });

  it.each([
    [
      'a quote that is not closed',
      "groups:\n  - name: muster\n    rules:\n      - alert: A\n        expr: 'x\n",
    ],
    ['a key twice', 'groups:\n  - name: muster\n    rules:\n      - alert: A\n        alert: B\n'],
    ['a list in the wrong place', 'groups:\n  - name: muster\n    rules:\n  - alert: A\n'],
  ])('is found wrong with %s', (_, text) => {
    expect(() => rulesIn(text)).toThrow();
  });

  it.each([
    'sum(rate(muster_streams[5m])',
    'muster_streams >',
    'rat(muster_streams[5m])',
    'muster_streams{a=b}',
  ])('is found wrong with the expression %s', (expression) => {
    expect(() => selectorsIn(expression)).toThrow();
  });
});

describe('the text of metrics', () => {
  it('has the form of Prometheus 0.0.4, with cumulative buckets and escaped labels', () => {
    const meters = createMeters();
    const time = meters.request('GET', '/a"b\\c', '200');
    for (const seconds of [0.001, 0.02, 60]) time.observe(seconds);
    expect(meters.request('GET', '/a"b\\c', '200')).toBe(time);
    const lines = meters.text({ at: 0, overview: undefined, streams: 3 }).split('\n');
    const name = 'muster_http_request_duration_seconds';
    const labels = 'method="GET",route="/a\\"b\\\\c",status="200"';
    expect(lines.filter((line) => line.startsWith(name))).toEqual([
      ...[0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, '+Inf'].map(
        (bound, index) => `${name}_bucket{${labels},le="${bound}"} ${[1, 1, 2, 2, 2, 2, 2, 3][index]}`,
      ),
      `${name}_sum{${labels}} ${0.001 + 0.02 + 60}`,
      `${name}_count{${labels}} 3`,
    ]);
    expect(lines).toContain('muster_streams 3');
    expect(lines).toContain('muster_store_up 0');
  });

  it('tells of a replica only where one is set', () => {
    const meters = createMeters();
    const now = { at: 0, overview: undefined, streams: 0 };
    const told = (text: string) => text.split('\n').filter((line) => line.startsWith('muster_replica'));
    expect(told(meters.text(now))).toEqual([]);
    const reads = { replica: 5, primary: 2 };
    const common = [
      'muster_replica_reads_total{at="replica"} 5',
      'muster_replica_reads_total{at="primary"} 2',
    ];
    expect(told(meters.text({ ...now, replica: { reads, behind: 7 } }))).toEqual([
      ...common,
      'muster_replica_up 1',
      'muster_replica_lag_bytes 7',
    ]);
    expect(told(meters.text({ ...now, replica: { reads, behind: null } }))).toEqual([
      ...common,
      'muster_replica_up 0',
    ]);
  });

  it('counts the gate as open, or once for each reason why not', () => {
    const meters = createMeters();
    meters.noteGate({ open: true, phase: 'download' });
    const reasons = [
      { rule: 'window', until: 5 },
      { rule: 'pace', until: null },
    ] as const;
    meters.noteGate({ open: false, reasons, until: null });
    const text = meters.text({ at: 0, overview: undefined, streams: 0 });
    for (const reason of ['open', 'window', 'pace']) {
      expect(text).toContain(`muster_gate_decisions_total{reason="${reason}"} 1`);
    }
    expect(text).toContain('muster_gate_decisions_total{reason="held"} 0');
  });
});

describe('the routes that count as polls and reports', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('are routes that the server has', () => {
    // Where two routes name the same part of a path differently, the tree shows both.
    const real = realRoutes(api.http).map((route) => route.replaceAll(/(:\w+)\|:\w+/g, '$1'));
    for (const route of [...deviceVisits.keys(), `GET ${streamRoute}`]) expect(real).toContain(route);
  });
});

describe('GET /metrics of a server at work', () => {
  it('tells of requests, devices, updates, the outbox, deliveries, the gate, the database, bytes and streams', async () => {
    const server = await startMetered();
    try {
      await server.work();
      await expect.poll(server.read, { timeout: 10_000 }).toMatchObject({
        'muster_polls_total{protocol="ddi"}': 2,
        'muster_reports_total{protocol="ddi"}': 1,
        'muster_polls_total{protocol="muster"}': 2,
        'muster_reports_total{protocol="muster"}': 1,
        'muster_gate_decisions_total{reason="open"}': 2,
        'muster_gate_decisions_total{reason="concurrency"}': 1,
        'muster_deliveries_total{outcome="delivered"}': expect.any(Number),
        'muster_updates{state="pending"}': 0,
        'muster_updates{state="failed"}': 1,
        muster_outbox_events: 0,
        muster_outbox_oldest_seconds: 0,
        muster_streams: 1,
        muster_store_up: 1,
      });
      const values = await server.read();
      expect(values['muster_deliveries_total{outcome="delivered"}']).toBeGreaterThan(0);
      expect(values['muster_store_duration_seconds_count{operation="commit"}']).toBeGreaterThan(5);
      expect(values['muster_blobs_duration_seconds_count{operation="put"}']).toBe(1);
      expect(values['muster_event_loop_delay_seconds{quantile="0.5"}']).toBeLessThan(1);
      const created = 'method="POST",route="/api/v1/devices",status="201"';
      expect(values[`muster_http_request_duration_seconds_count{${created}}`]).toBe(2);
    } finally {
      await server.stop();
    }
  });
});
