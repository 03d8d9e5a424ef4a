import pg from 'pg';

/** How long an answer may take before it is asked whether anybody works on it, and how often is looked. */
const SUSPICIOUS = 1_500;
const LOOK = 250;
/** Of a network that is well; a slow one is left alone. */
const PROMPT = 1_000;

/** Bytes that came so far, and since when nothing more has although there is to be an answer. */
type Silence = { readonly read: number; readonly since: number | undefined };

/** None of these has a type: whether no answer is due, the socket, and the process of PostgreSQL at its other end. */
type Watched = pg.Client & {
  readonly readyForQuery: boolean;
  readonly connection: { readonly stream: { readonly bytesRead: number; destroy(error: Error): void } };
  readonly processID: number | null;
};

const silenceAfter = (before: Silence | undefined, client: Watched, now: number): Silence => {
  const { bytesRead: read } = client.connection.stream;
  if (client.readyForQuery) return { read, since: undefined };
  return { read, since: before?.read === read ? (before.since ?? now) : now };
};

/** What PostgreSQL itself says of its processes, where they do not wait for us either; nothing where it does not answer at once, or a pooler is in between. */
const statesOf = async (
  url: string,
  processes: readonly number[],
): Promise<ReadonlyMap<number, string> | undefined> => {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PROMPT,
    query_timeout: PROMPT,
  });
  client.on('error', () => {});
  const began = Date.now();
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number; state: string; own: number }>(
      `select pid, pg_backend_pid() as own,
          case when wait_event_type = 'Client' then '' else coalesce(state, '') end as state
        from pg_stat_activity where pid = any($1::integer[]) or pid = pg_backend_pid()`,
      [processes],
    );
    const isDirect = rows[0]?.own === (client as Watched).processID;
    return isDirect && Date.now() - began < PROMPT
      ? new Map(rows.map(({ pid, state }) => [pid, state]))
      : undefined;
  } catch {
    return undefined;
  } finally {
    client.end().catch(() => undefined);
  }
};

/**
 * Ends connections of a pool over which nothing comes any more although nothing is worked on at their other end. TCP
 * itself tells of a peer that has vanished only after a quarter of an hour. Runs until the pool ends.
 */
export const watchConnections = (pool: pg.Pool, url: string): void => {
  const clients = new Map<Watched, Silence | undefined>();
  let [isAsking, askedAt] = [false, 0];

  const judge = async (suspects: readonly Watched[]): Promise<void> => {
    const states = await statesOf(
      url,
      suspects.flatMap(({ processID }) => processID ?? []),
    );
    if (states === undefined) return;
    for (const client of suspects) {
      const isWorking = states.get(client.processID ?? 0) === 'active';
      if (!isWorking && isSuspicious(client))
        client.connection.stream.destroy(new Error('Connection terminated: nobody is there'));
    }
  };
  const isSuspicious = (client: Watched): boolean => {
    const { since } = clients.get(client) ?? {};
    return since !== undefined && !client.readyForQuery && Date.now() - since > SUSPICIOUS;
  };
  const look = (): void => {
    const now = Date.now();
    for (const [client, before] of clients) clients.set(client, silenceAfter(before, client, now));
    const suspects = [...clients.keys()].filter(isSuspicious);
    if (isAsking || suspects.length === 0 || now - askedAt < SUSPICIOUS) return;
    [isAsking, askedAt] = [true, now];
    void judge(suspects).finally(() => {
      isAsking = false;
    });
  };

  pool.on('connect', (client) => clients.set(client as unknown as Watched, undefined));
  pool.on('remove', (client) => clients.delete(client as unknown as Watched));
  const timer = setInterval(() => {
    if (pool.ended) clearInterval(timer);
    else look();
  }, LOOK);
  timer.unref();
};
