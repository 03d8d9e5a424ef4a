import { afterEach, expect, it } from 'vitest';
import { startApi } from '../../support/api.ts';
it('x', async () => {
  const api = await startApi();
  console.log(api.admin);
  console.log(await api.call('GET', '/session'));
});
