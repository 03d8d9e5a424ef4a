import { inject, it } from 'vitest';
import { expectKills, KILLS_TIMEOUT } from '../support/endurance.ts';

const postgres = inject('postgresUrl');

it.skipIf(postgres === undefined)(
  'a server over PostgreSQL that is killed at random under a mixed load loses nothing and does nothing twice',
  () => expectKills('PostgreSQL', postgres),
  KILLS_TIMEOUT,
);
