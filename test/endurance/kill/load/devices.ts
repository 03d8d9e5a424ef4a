import { at, type Deps, type Load, listAll, write } from '../load.ts';

const base = '/api/v1/devices';
const EDITS = 4;

/** What is known of a device whose writes were all acknowledged; gone when it was deleted. */
type Known = { readonly tag: string; edits: number; gone: boolean };

/** Devices of the Muster API: registered with and without a key that makes it repeatable, edited, and some deleted. */
export const deviceLoad = (deps: Deps, count: number): Load => {
  const { wire, ledger, prefix } = deps;
  const known = new Map<string, Known>();

  const create = async (id: string, tag: string, hasKey: boolean): Promise<void> => {
    const headers = hasKey ? { 'idempotency-key': `key of ${id}` } : {};
    const body = { id, protocol: 'custom', tags: [tag], attributes: { edits: 0 } };
    const once = { method: 'POST', path: base, headers, body } as const;
    // With a key the answer to the first is given again; without one the device is there already.
    const { doubts } = await write(deps, 'device', once, hasKey ? [] : [409]);
    known.set(id, { tag, edits: 0, gone: false });
    const reply = hasKey ? await wire.insist(once) : undefined;
    if (reply !== undefined && reply.status !== 201)
      ledger.flaw('doubled', `${id} came by a key, and again (${reply.status}, ${doubts} doubts)`);
  };

  const edit = async (id: string, edits: number): Promise<void> => {
    const body = { attributes: { edits } };
    await write(deps, 'device edit', { method: 'PATCH', path: `${base}/${id}`, body });
    Object.assign(known.get(id) ?? {}, { edits });
  };

  const remove = async (id: string): Promise<void> => {
    await write(deps, 'device deletion', { method: 'DELETE', path: `${base}/${id}` }, [404]);
    Object.assign(known.get(id) ?? {}, { gone: true });
  };

  const registered = async (id: string): Promise<void> => {
    const events = await listAll(wire, `${base}/${id}/events?types=device-registered`);
    if (events.length !== 1)
      ledger.flaw(events.length === 0 ? 'lost' : 'doubled', `${id}: registered ${events.length} times`);
  };

  const actor = (number: number) => async (round: number) => {
    const id = `${prefix}-custom-${number}-${round}`;
    await create(id, `tag-${round % 7}`, round % 2 === 0);
    for (let edits = 1; edits <= EDITS; edits += 1) await edit(id, edits);
    await registered(id);
    if (round % 5 === 4) await remove(id);
  };

  const compare = (id: string, { tag, edits, gone }: Known, found: unknown): void => {
    if (gone && found !== undefined) ledger.flaw('lost', `${id} was deleted and is there`);
    if (gone) return;
    const [tags, has] = [at(found, 'tags'), at(found, 'attributes', 'edits')];
    if (found === undefined || `${tags}` !== tag || has !== edits)
      ledger.flaw('lost', `${id}: ${JSON.stringify(found)}; expected ${tag} and ${edits} edits`);
  };

  return {
    actors: Array.from({ length: count }, (_, number) => actor(number)),
    audit: async () => {
      const where = encodeURIComponent(`id contains "${prefix}-custom-"`);
      const devices = await listAll(wire, `${base}?where=${where}`);
      const found = new Map(devices.map((device) => [at(device, 'id'), device]));
      for (const [id, one] of known) compare(id, one, found.get(id));
      const strangers = [...found.keys()].filter((id) => !known.has(`${id}`));
      for (const id of strangers) ledger.flaw('doubled', `nobody made ${id}`);
    },
  };
};
