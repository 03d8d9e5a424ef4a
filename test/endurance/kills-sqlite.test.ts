import { it } from 'vitest';
import { expectKills, KILLS_TIMEOUT } from '../support/endurance.ts';

it(
  'a server over SQLite that is killed at random under a mixed load loses nothing and does nothing twice',
  () => expectKills('SQLite'),
  KILLS_TIMEOUT,
);
