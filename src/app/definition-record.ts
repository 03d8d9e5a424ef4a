import type { Instant } from '../domain/time.ts';
import type { Subscription } from './delivery-records.ts';
import type { StoredDocument, WireDocument } from './records.ts';

export const DEFINITION_KIND = 'pulse/notification-definition';
/** The topic of the subscription that each definition over HTTP has; no event is about it. */
export const DEFINITION_TOPIC = 'notification';

/** How a notification is sent over HTTP; empty text stands for what the destination and this wire say. */
export type HttpParameters = {
  readonly relativePath: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
  readonly payloadTemplate: string;
};
/** Kept for those who wrote it: no mail is sent. */
export type EmailParameters = {
  readonly emailRecipients: readonly string[];
  readonly emailSubjectTemplate: string;
  readonly emailBodyTemplate: string;
  readonly senderEmailAddress: string;
  readonly senderName: string;
};
/** Kept for those who wrote it: a notification is sent once. Milliseconds. */
export type Repetition = { readonly repeatInterval: number; readonly maxRepetition: number };
/** Holds for the destination that was made for the definition; another's has its own. Milliseconds. */
export type RetrySchedule = {
  readonly retryInterval: number;
  readonly maxRetryCount: number;
  readonly requestTimeout: number;
};

/** What a definition says, and keeps: either `httpParameters` or `emailParameters`. */
export type DefinitionBody = {
  readonly description: string;
  /** Empty for one of mail. */
  readonly notificationDestinationId: string;
  /** Whether the destination was made for this definition, and goes with it. */
  readonly ownDestination: boolean;
  readonly httpParameters: HttpParameters | null;
  readonly emailParameters: EmailParameters | null;
  readonly schedule: Repetition | null;
  readonly retrySchedule: RetrySchedule | null;
  readonly updatedAt: Instant;
};

/** A notification definition with the record that it is kept in. */
export type StoredDefinition = DefinitionBody &
  Pick<WireDocument, 'id' | 'name'> & { readonly document: StoredDocument };

/** The definition in a document of that kind. */
export const toDefinition = (document: StoredDocument): StoredDefinition => ({
  ...(document.body as DefinitionBody),
  id: document.id,
  name: document.name,
  document,
});

/** Paths are from `/` on; callers leave it out at times. */
const pathOf = ({ relativePath }: Pick<HttpParameters, 'relativePath'>): string =>
  relativePath === '' || relativePath.startsWith('/') ? relativePath : `/${relativePath}`;

/** How what goes out by a definition is addressed and shaped. */
export const formOf = (http: HttpParameters): Pick<Subscription, 'path' | 'headers' | 'template'> => ({
  path: pathOf(http),
  headers: http.headers.map(({ key, value }) => ({ name: key, value })),
  template: http.payloadTemplate,
});
