declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/**
 * External ids are strings, unique within their account, and are what every wire shows.
 * Keys are the store's integer surrogates: small, local to their account, never shown.
 */
export type AccountKey = Branded<number, 'account-key'>;
export type DeviceKey = Branded<number, 'device-key'>;
export type CampaignKey = Branded<number, 'campaign-key'>;
export type PackageKey = Branded<number, 'package-key'>;
export type UserKey = Branded<number, 'user-key'>;

/** The first account, created at first start. */
export const DEFAULT_ACCOUNT = 'DEFAULT';
