/** Requests that differ only in a number: `{}` in the path becomes each of them. */
export type Traffic = {
  /** Where the server listens, such as http://127.0.0.1:8080. */
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** All numbers with the first body, then all with the next; without bodies each request has none. */
  readonly bodies: readonly string[];
  /** So many numbers with all bodies, then the next ones; all numbers when it is left out. */
  readonly block?: number;
  readonly numbers: { readonly from: number; readonly to: number };
  /** Again and again in random order, or each once in turn. */
  readonly order: 'random' | 'once';
  readonly connections: number;
  /** Milliseconds between a reply and the next request of its connection. */
  readonly pause: number;
};

export type Load = {
  /** Replies with a status of 200. */
  readonly answered: number;
  readonly failed: number;
  /** Head and body of the first reply with another status. */
  readonly failure: string;
  /** From the first request to the last reply. */
  readonly milliseconds: number;
  /** Of each reply with a status of 200, in milliseconds. */
  readonly latencies: Float64Array;
};

export type Order =
  | { readonly do: 'run'; readonly traffic: Traffic; readonly milliseconds: number }
  /** Ends the run before its time. */
  | { readonly do: 'stop' };
