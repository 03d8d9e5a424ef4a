/** The wires that a call or a report can come over, in the order in which stores number them. Append only. */
export const wires = [
  'muster',
  'pulse',
  'thingspace',
  'ddi',
  'gateway',
  'lwm2m',
  'oma-dm',
  'custom',
] as const;
export type Wire = (typeof wires)[number];

/** From where somebody called. Texts are empty where nothing is known. */
export type Origin = {
  readonly wire: Wire;
  /** Of the client, as far as trusted proxies tell it. */
  readonly address: string;
  /** What the client says it is, at most 256 characters. */
  readonly agent: string;
  /** The id of the request. */
  readonly request: string;
  /** The public id of the token that was shown; `null` when it was none, as in a sign-in. */
  readonly token: string | null;
};
