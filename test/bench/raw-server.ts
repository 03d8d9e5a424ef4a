// Run as a child: the least that an HTTP server on this runtime can do, and so the limit of all others. It answers 200
// bytes; JSON that is posted it reads and parses, and answers with nothing but that it came.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const body = JSON.stringify({ id: 'device', text: '' }).replace('""', `"${'x'.repeat(173)}"`);
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };

const taken = { 'content-length': 0 };

const take = (request: IncomingMessage, reply: ServerResponse): void => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    JSON.parse(Buffer.concat(parts).toString());
    reply.writeHead(200, taken).end();
  });
};

const server = createServer((request, reply) => {
  if (request.headers['content-type'] === 'application/json') take(request, reply);
  else reply.writeHead(200, headers).end(body);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  console.log(JSON.stringify({ msg: 'ready', url: `http://127.0.0.1:${port}` }));
});
process.once('SIGTERM', () => process.exit(0));
