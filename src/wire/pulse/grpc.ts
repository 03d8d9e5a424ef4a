/** The status codes of gRPC that this wire uses, and what its JSON front makes of them (reference 1.4). */
export const grpc = {
  INVALID_ARGUMENT: { code: 3, http: 400 },
  NOT_FOUND: { code: 5, http: 404 },
  ALREADY_EXISTS: { code: 6, http: 409 },
  PERMISSION_DENIED: { code: 7, http: 403 },
  RESOURCE_EXHAUSTED: { code: 8, http: 429 },
  FAILED_PRECONDITION: { code: 9, http: 400 },
  ABORTED: { code: 10, http: 409 },
  UNIMPLEMENTED: { code: 12, http: 501 },
  INTERNAL: { code: 13, http: 500 },
  UNAVAILABLE: { code: 14, http: 503 },
  UNAUTHENTICATED: { code: 16, http: 401 },
} as const;
export type GrpcStatus = keyof typeof grpc;

/** An error as it leaves: the gRPC status as headers and, since clients differ, as a JSON body too. */
export type GrpcError = {
  readonly http: number;
  readonly headers: { readonly 'grpc-status': string; readonly 'grpc-message': string };
  readonly body: { readonly code: number; readonly message: string; readonly details: readonly [] };
};

/** Percent-encoded as gRPC has it: printable ASCII stands for itself but for the percent sign. */
export const encodeMessage = (message: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything that is not printable is encoded
  message.toWellFormed().replace(/[\u0000-\u001f%\u007f-\uffff]+/g, encodeURIComponent);

/** Clients refuse headers of many kilobytes; the body has all of a message. */
const LONGEST = 2_000;

/**
 * `http` where the status alone does not settle it: a body that is too large is 413, a full disk 507. `phrase` stands
 * in the header in place of the message: clients compare some of them word for word.
 */
export const grpcError = (status: GrpcStatus, message: string, http?: number, phrase?: string): GrpcError => {
  const { code, http: usual } = grpc[status];
  return {
    http: http ?? usual,
    headers: {
      'grpc-status': `${code}`,
      'grpc-message': encodeMessage((phrase ?? message).slice(0, LONGEST)),
    },
    body: { code, message, details: [] },
  };
};
