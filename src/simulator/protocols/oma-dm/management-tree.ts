/** A node of a management tree; interior ones have the format `node`. */
export type ManagedNode = {
  readonly format: string;
  readonly type: string;
  readonly data: string;
  readonly bytes?: Uint8Array;
};

export type ManagementTree = {
  /** The nodes by their whole paths, such as `./DevInfo/DevId`. */
  readonly nodes: ReadonlyMap<string, ManagedNode>;
  readonly set: (path: string, data: string, node?: Partial<ManagedNode>) => void;
  readonly get: (path: string) => ManagedNode | undefined;
  readonly childrenOf: (path: string) => readonly string[];
  /** These answer with the code of a Status. */
  readonly add: (path: string, node: ManagedNode) => number;
  readonly replace: (path: string, node: ManagedNode) => number;
  readonly remove: (path: string) => number;
};

const inner: ManagedNode = { format: 'node', type: '', data: '' };

const normal = (path: string): string => (path.startsWith('.') ? path : `./${path}`).replace(/\/$/, '');
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export const createTree = (): ManagementTree => {
  const nodes = new Map<string, ManagedNode>([['.', inner]]);
  const grow = (path: string): void => {
    if (path === '' || nodes.has(path)) return;
    grow(parentOf(path));
    nodes.set(path, inner);
  };
  const under = (path: string): readonly string[] =>
    [...nodes.keys()].filter((it) => it.startsWith(`${path}/`));
  return {
    nodes,
    set: (path, data, node = {}) => {
      grow(parentOf(path));
      nodes.set(path, { format: 'chr', type: 'text/plain', data, ...node });
    },
    get: (path) => nodes.get(normal(path)),
    childrenOf: (path) =>
      under(normal(path))
        .map((it) => it.slice(normal(path).length + 1))
        .filter((it) => !it.includes('/')),
    add: (path, node) => {
      const at = normal(path);
      if (nodes.has(at)) return 418;
      if (nodes.get(parentOf(at))?.format !== 'node') return 404;
      nodes.set(at, node);
      return 200;
    },
    replace: (path, node) => {
      const at = normal(path);
      const was = nodes.get(at);
      if (was === undefined) return 404;
      if (was.format === 'node') return 405;
      nodes.set(at, { ...was, data: node.data, ...(node.bytes && { bytes: node.bytes }) });
      return 200;
    },
    remove: (path) => {
      const at = normal(path);
      if (!nodes.delete(at)) return 404;
      for (const it of under(at)) nodes.delete(it);
      return 200;
    },
  };
};
