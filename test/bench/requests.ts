import type { Traffic } from './traffic.ts';

/** Gives the next request, ready to be sent, or undefined when there are no more. */
export type Requests = () => Buffer | undefined;

/** Builds every request before the clock starts. */
export const requestsOf = (traffic: Traffic): Requests => {
  const { numbers, bodies, order } = traffic;
  const all: Buffer[] = [];
  for (const body of bodies.length === 0 ? [undefined] : bodies) {
    for (let number = numbers.from; number < numbers.to; number += 1) {
      all.push(request(traffic, number, body));
    }
  }
  if (order === 'random') return () => all[Math.floor(Math.random() * all.length)];
  let next = 0;
  return () => all[next++];
};

const request = ({ url, method, path, headers }: Traffic, number: number, body?: string): Buffer => {
  const content =
    body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` };
  const fields = Object.entries({ host: new URL(url).host, ...headers, ...content });
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${path.replace('{}', `${number}`)} HTTP/1.1\r\n${head}\r\n${body ?? ''}`);
};
