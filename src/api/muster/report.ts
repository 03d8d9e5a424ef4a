import { type ReportRow, reportCampaign, reportTimes } from '../../app/campaign-report.ts';
import { type Cell, csvLine } from '../../app/csv.ts';
import type { Store } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import type { Instant } from '../../domain/time.ts';
import { sendLines } from '../../http/lines.ts';
import type { reportRoutes } from '../../wire/muster/report.ts';
import type { Handlers } from './call.ts';
import { toInstant } from './map.ts';

const columns: readonly (readonly [string, (row: ReportRow) => Cell])[] = [
  ['device', ({ device }) => device],
  ['status', ({ status }) => status],
  ['position', ({ position }) => position],
  ['outcome', ({ outcome }) => outcome],
  ['reason', ({ reason }) => reason],
  ['message', ({ message }) => message],
  ['attempts', ({ attempts }) => attempts],
  ['journeys', ({ journeys }) => journeys],
  ['bytesDone', ({ bytes }) => bytes?.done ?? null],
  ['bytesOf', ({ bytes }) => bytes?.of ?? null],
  ['packages', ({ packages }) => packages.join(' ')],
  ...reportTimes.map((name) => [`${name}At`, ({ times }: ReportRow) => shown(times[name])] as const),
];

const shown = (at: Instant | undefined): Cell => (at === undefined ? null : toInstant(at));

async function* csvLines(rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  yield csvLine(columns.map(([name]) => name));
  for await (const row of rows) yield csvLine(columns.map(([, cellOf]) => cellOf(row)));
}

const toJson = (row: ReportRow): string => {
  const times = Object.entries(row.times).map(([name, at]) => [name, toInstant(at)]);
  return JSON.stringify({ ...row, times: Object.fromEntries(times) });
};

/** One array, a line for each item. */
async function* jsonLines(rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const row of rows) {
    yield before + toJson(row);
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

const forms = {
  csv: { type: 'text/csv; charset=utf-8', lines: csvLines },
  json: { type: 'application/json; charset=utf-8', lines: jsonLines },
} as const;

/** What became of the devices of a campaign, as a file. */
export const reportHandlers = (deps: { readonly store: Store }): Handlers<typeof reportRoutes> => ({
  reportCampaign: async ({ caller, params, query, reply }) => {
    const { format = 'csv' } = query;
    const rows = await reportCampaign(deps, caller, params.campaign);
    if (!rows.ok) return rows;
    const { type, lines } = forms[format];
    return ok(sendLines(reply, { name: `campaign-${params.campaign}.${format}`, type }, lines(rows.value)));
  },
});
