// Run as a child: the least that an HTTP server on this runtime can do, and so the limit of all others.
import { createServer } from 'node:http';

const body = JSON.stringify({ id: 'device', text: '' }).replace('""', `"${'x'.repeat(173)}"`);
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };

const server = createServer((_request, reply) => {
  reply.writeHead(200, headers).end(body);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  console.log(JSON.stringify({ msg: 'ready', url: `http://127.0.0.1:${port}` }));
});
process.once('SIGTERM', () => process.exit(0));
