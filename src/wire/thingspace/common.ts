import { type Static, Type } from 'typebox';

/** Everything of this wire is below it. */
export const basePath = '/api';

/** What the paths of this wire begin with below that; other wires have none of these. */
export const families = ['fota', 'ts', 'm2m'] as const;

/** The versions of the software management API, by their part of the path. */
export const apiVersions = ['v1', 'v2', 'v3'] as const;
export type ApiVersion = (typeof apiVersions)[number];

/** Items of a page; callers cannot choose (reference 1.7). */
export const maxPageSize = 1_000;
/** Devices that one request may name. */
export const MOST_DEVICES = 100_000;

export const Text = Type.String({ maxLength: 65_536 });
/** Text of one line, such as a name. */
export const Line = Type.String({ maxLength: 256, pattern: '^[^\\u0000-\\u001f]*$' });
/** An IMEI, or another id of a device. */
export const DeviceId = Type.String({ maxLength: 256 });
/** Whatever a caller lists as devices; whether there are any, and too many, is for the handler to say. */
export const DeviceIds = Type.Array(DeviceId);
/** `YYYY-MM-DD` (reference 1.4: typed clients read nothing else where it stands). */
export const DateOnly = Type.String({ description: 'A day as YYYY-MM-DD.' });
/** RFC 3339, in UTC with milliseconds. */
export const DateTime = Type.String({ description: 'An instant as RFC 3339.' });
export const Count = Type.Integer({ minimum: 0 });

/** A success that says nothing else. */
export const Success = Type.Object({ success: Type.Boolean() });
export type Success = Static<typeof Success>;

/** What came of one device; both spellings of the reason have the same text (reference 7, row 5). */
export const DeviceResult = Type.Object({
  deviceId: Type.String(),
  status: Type.String(),
  resultReason: Type.String(),
  Reason: Type.String(),
  reason: Type.String(),
});
export type DeviceResult = Static<typeof DeviceResult>;

/** Where a list goes on, in the query of v2 and v3: after this device, `0` or nothing for its beginning. */
export const AfterDevice = Type.Object({
  lastSeenDeviceId: Type.Optional(Type.String({ maxLength: 256 })),
});

/** The body of every refusal but those of the gateway in front (reference 4). */
export type ErrorBody = { readonly errorCode: string; readonly errorMessage: string };

/** A refusal of the gateway in front: the bearer is missing or wrong (reference 2.3). */
export type FaultBody = {
  readonly fault: { readonly code: string; readonly message: string; readonly description: string };
};

/** A refusal of the token endpoint (RFC 6749, 5.2). */
export type OauthErrorBody = { readonly error: string; readonly error_description: string };
