import type { FastifyInstance } from 'fastify';

/** Every route a server really answers, as `GET /path/:id`, from the tree that Fastify prints. */
export const realRoutes = (app: FastifyInstance): readonly string[] => {
  const parents: string[] = [];
  const found: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^(?<indent>[│ ]*)[├└]── (?<path>.*?)(?: \((?<methods>[A-Z, ]+)\))?$/u.exec(line);
    if (match?.groups === undefined) continue;
    const { indent = '', path = '', methods } = match.groups;
    const depth = indent.length / 4;
    const whole = (parents[depth - 1] ?? '') + path;
    parents[depth] = whole;
    for (const method of methods?.split(', ') ?? []) found.push(`${method} ${whole}`);
  }
  return found.sort();
};
