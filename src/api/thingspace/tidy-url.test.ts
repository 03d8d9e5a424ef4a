import { describe, expect, it } from 'vitest';
import { tidyUrl } from './tidy-url.ts';

describe('the URL of a request', () => {
  it.each([
    ['/api/fota/v2/campaigns/A/b', '/api/fota/v2/campaigns/A/b'],
    ['/fota/v3/callbacks/A', '/api/fota/v3/callbacks/A'],
    ['/m2m/v1/session/login', '/api/m2m/v1/session/login'],
    ['/ts/v1/oauth2/token', '/api/ts/v1/oauth2/token'],
    ['/api/fota/v2//campaigns///A', '/api/fota/v2/campaigns/A'],
    ['//api//fota/v2/campaigns/A', '/api/fota/v2/campaigns/A'],
    ['/api/fota/v2/callbacks/A/', '/api/fota/v2/callbacks/A'],
    ['/api/fota/v2/devices/A/?lastSeenDeviceId=a//b/', '/api/fota/v2/devices/A?lastSeenDeviceId=a//b/'],
    ['/https://thingspace.verizon.com/api/fota/v1/upgrades', '/api/fota/v1/upgrades'],
    ['/api/fota', '/api/fota'],
  ])('of this wire %s is routed as %s', (url, tidy) => {
    expect(tidyUrl(url)).toBe(tidy);
  });

  it.each([
    '/',
    '/api/campaigns//',
    '/api/v1//devices',
    '/api/tsunami//x',
    '/fotas//x',
    '/DEFAULT/controller/v1//x',
    '/api/campaigns?next=/api/fota//v2/',
    '/https://example.com/api/campaigns//',
  ])('of another wire stays as it is: %s', (url) => {
    expect(tidyUrl(url)).toBe(url);
  });
});
