import { ok, type Result, refused } from '../../domain/result.ts';
import type { Data, Unreadable } from './message.ts';

/** An element of SyncML by its local name, with the elements in it or else its content: text, or bytes of WBXML. */
export type Element = {
  readonly name: string;
  readonly elements: readonly Element[];
  readonly data: Data;
};

/** What a document may be at most (B1.10, B1.11); bytes count before and after decoding. */
export const limits = { bytes: 1_048_576, depth: 32, nodes: 20_000 } as const;

/** Thrown within the codecs, and made a value before they are left. The message is a sentence of what is expected. */
class Unfit extends Error {}

export const unfit = (expected: string): never => {
  throw new Unfit(expected);
};

/** What a reader gives, or why it could not. */
export const attempt = <Value>(read: () => Value): Result<Value, Unreadable> => {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof Unfit) return refused({ expected: error.message });
    throw error;
  }
};

type Growing = {
  readonly name: string;
  readonly elements: Element[];
  readonly pieces: Data[];
};

const contentOf = (pieces: readonly Data[]): Data => {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  return new Uint8Array(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
};

export type TreeBuilder = {
  readonly open: (name: string) => void;
  readonly add: (piece: Data) => void;
  readonly close: () => void;
  /** Whether there is a root, and it is closed. */
  readonly isWhole: () => boolean;
  readonly root: () => Element;
};

/** Builds one document within the limits, from its beginnings, contents and ends in order. */
export const buildTree = (): TreeBuilder => {
  const open: Growing[] = [];
  let nodes = 0;
  let size = 0;
  let root: Element | undefined;
  return {
    open: (name) => {
      nodes += 1;
      if (nodes > limits.nodes) unfit(`at most ${limits.nodes} elements and attributes`);
      if (open.length >= limits.depth) unfit(`at most ${limits.depth} elements within each other`);
      if (root !== undefined) unfit('one document');
      open.push({ name, elements: [], pieces: [] });
    },
    add: (piece) => {
      size += piece.length;
      if (size > limits.bytes) unfit(`at most ${limits.bytes} bytes of content`);
      if (piece.length > 0) open.at(-1)?.pieces.push(piece);
    },
    close: () => {
      const done = open.pop();
      if (done === undefined) return unfit('no end without a beginning');
      const { name, elements, pieces } = done;
      const element: Element = { name, elements, data: contentOf(elements.length > 0 ? [] : pieces) };
      const parent = open.at(-1);
      if (parent === undefined) root = element;
      else parent.elements.push(element);
    },
    isWhole: () => root !== undefined,
    root: () => root ?? unfit('a whole document'),
  };
};

/** The first element of that name. */
export const childOf = (element: Element, name: string): Element | undefined =>
  element.elements.find((child) => child.name === name);

export const childrenOf = (element: Element, name: string): readonly Element[] =>
  element.elements.filter((child) => child.name === name);
