import type { Traffic } from './traffic.ts';

/** Gives the next request, ready to be sent, or undefined when there are no more. */
export type Requests = () => Buffer | undefined;

/** Builds every request before the clock starts. */
export const requestsOf = (traffic: Traffic): Requests => {
  const { numbers, order, block = Math.max(1, numbers.to - numbers.from) } = traffic;
  const all: Buffer[] = [];
  for (let from = numbers.from; from < numbers.to; from += block) {
    for (const one of requestsFor(traffic, from, Math.min(from + block, numbers.to))) all.push(one);
  }
  if (order === 'random') return () => all[Math.floor(Math.random() * all.length)];
  let next = 0;
  return () => all[next++];
};

const requestsFor = (traffic: Traffic, from: number, to: number): readonly Buffer[] => {
  const { bodies } = traffic;
  return (bodies.length === 0 ? [undefined] : bodies).flatMap((body) =>
    Array.from({ length: to - from }, (_, index) => request(traffic, from + index, body)),
  );
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
