/** A figure that a release is measured by: the numbers are those that tests and documents use. */
export type Goal = {
  readonly id: string;
  readonly what: string;
  readonly goal: string;
  /**
   * Who leaves it: the tests that CI runs, a command that takes too long for CI, or nobody, with the reason why.
   */
  readonly by: 'ci' | 'command' | { readonly nobody: string };
};

const ci = 'ci';
const command = 'command';

const goal = (id: string, what: string, text: string, by: Goal['by']): Goal => ({ id, what, goal: text, by });

export const goals: readonly Goal[] = [
  goal(
    'R-01',
    'killed at random under mixed load',
    '0 lost, 0 doubled, restart under 2 s at p99; where others use the machine, half of them in 4 s of processor time',
    ci,
  ),
  goal(
    'R-02',
    'killed before each change, flush and answer of each kind of request',
    'a death at each, 0 lost, 0 doubled',
    ci,
  ),
  goal('R-03', 'each acknowledgement follows its flush', '0 of 10,000 before it', ci),
  goal('R-04', 'power loss with unflushed pages dropped', '0 lost in 200 cycles', {
    nobody: 'needs FUSE; R-03 stands for it',
  }),
  goal('R-05', 'errors of the disk at every call', 'no success for a lost write; recovers', ci),
  goal('R-06', 'disk full during an upload', 'refused as 507, nothing corrupt, space given back', ci),
  goal('R-07', 'one byte flipped in each stored package', 'every one detected, none served whole', ci),
  goal('R-08', 'commands against a model of campaigns', '0 differences', ci),
  goal('R-09', 'scheduled interleavings', '0 violations', ci),
  goal('R-10', 'histories of concurrent clients', 'all linearizable', ci),
  goal('R-11', 'simulated days on a virtual clock', '0 violations', ci),
  goal('R-12', 'one update for each device beside a paused server', '0 double', ci),
  goal('R-13', 'invariants of a database after runs', '0 findings', ci),
  goal('R-14', 'clock jumps', 'each schedule fires once; tokens neither revive nor die early', ci),
  goal('R-15', 'clock jumps backward', 'no lease is shorter, the audit keeps its order', ci),
  goal(
    'R-16',
    'PostgreSQL killed, slow, half-open',
    '0 lost, recovery under 5 s, in CI under 20 s, /readyz honest',
    ci,
  ),
  goal('R-17', 'errors of the object store', 'a package is never visible unless complete', ci),
  goal(
    'R-18',
    'receivers down for days',
    'each event once, in order; who is there waits for none that is not',
    ci,
  ),
  goal('R-19', 'lossy and replaying devices', "totals equal the simulator's truth", ci),
  goal('R-20', 'DDI polls', '5,000/s or more, p99 under 50 ms', command),
  goal('R-21', 'feedback, each flushed', '3,000/s or more', command),
  goal('R-22', 'a campaign over 100,000 devices from start to end', 'an abort holds within 1 s', command),
  goal('R-23', 'an upload of 1 GiB or more', '100 MB/s or more below 300 MB of memory', command),
  goal('R-24', 'lists over 1,000,000 devices on SQLite', 'p99 under 200 ms', command),
  goal('R-25', 'an hour of load', 'memory below +16 MiB an hour, at most 10 handles more, 0 errors', command),
  goal('R-26', '50,000 devices reconnect within 10 s', 'no crash, all served within 5 min', command),
  goal(
    'R-27',
    'every operation of the three dialects from its schema',
    '0 failures in 6,000 cases of each, 100,000 by command',
    ci,
  ),
  goal('R-28', 'every codec and device protocol', '0 throws', ci),
  goal('R-29', 'edges of HTTP', '0 crashes', ci),
  goal(
    'R-30',
    'migrations killed at each statement',
    'complete or rolled back; the release before runs on',
    ci,
  ),
  goal('R-31', 'backup under load, restored', 'nothing missing that was acknowledged before it', ci),
  goal(
    'R-32',
    'an upgrade under load',
    '0 failed polls; at most 60 from 0.1.0, whose connections fail once each',
    ci,
  ),
  goal('R-33', 'stop on request', 'requests finish, exit within 10 s', ci),
  goal('R-34', 'keys and tokens replaced under load', '0 honest callers refused', ci),
  goal('R-35', 'the audit chain after runs', 'verifies', ci),
];
