import Type from 'typebox';
import { exact, Id, word } from './common.ts';
import { routeTable } from './route.ts';

export const reportRoutes = routeTable({
  reportCampaign: {
    method: 'GET',
    path: '/campaigns/:campaign/report',
    access: 'View Campaign',
    tag: 'Campaigns',
    summary: 'Download what became of each device',
    description:
      'One line for each device, as CSV or as an array of JSON: position, outcome, reason, message, attempts, when it ' +
      'came to each position of its present journey (as far as the history is kept), the bytes it told of, its packages.',
    params: exact({ campaign: Id }),
    query: exact({ format: Type.Optional(word(['csv', 'json'], { default: 'csv' })) }),
    status: 200,
    replies: 'text/csv',
  },
});
