import { admit } from './admission.ts';
import type { Bootstrap } from './bootstrap.ts';
import { createCloneWatch } from './clones.ts';
import type { BlockSource, CoapHandlers, CoapPeer, CoapRequest, CoapResponse } from './coap/peer.ts';
import type { Lwm2mDeps, Lwm2mSettings } from './deps.ts';
import type { Driver } from './driver.ts';
import { placeOf } from './errand.ts';
import { diagnostic } from './errors.ts';
import type { FileServer } from './file-server.ts';
import { toObjects, toParameters } from './map.ts';
import type { Tokens } from './observation.ts';
import { expiryOf, fromRecord, type ListenerName, type Registered, share } from './registered.ts';
import {
  type EnablerVersion,
  enablerVersions,
  readRegistration,
  readRegistrationUpdate,
} from './registration.ts';
import type { RegistrationRate } from './registration-rate.ts';
import type { Registry } from './registry.ts';
import { idleSession } from './session.ts';
import { flagClone, noteSent, readSend } from './telling.ts';

export type EndpointDeps = Lwm2mDeps & {
  readonly settings: Lwm2mSettings;
  readonly registry: Registry;
  readonly driver: Pick<Driver, 'visit'>;
  readonly tokens: Tokens;
  readonly files: FileServer;
  readonly bootstrap: Bootstrap;
  /** The way on which a device is asked, if there is one. */
  readonly reach: (registered: Registered) => CoapPeer | undefined;
  readonly rate: RegistrationRate;
  /** Where devices are at home that register at a listener. */
  readonly homeOf: (listener: ListenerName) => string;
};

type Answer = Omit<CoapResponse, 'payload'> & { readonly payload: Uint8Array | BlockSource };

/** Characters of a registration's id: 60 random bits, in a path that fits the buffers of small devices. */
const ID_LENGTH = 10;
const ID_BYTES = 8;

/** Seconds after which a device may try again whose network has begun too many registrations. */
const COME_LATER = 60;

/** What devices may ask for at one listener (A1.3 to A1.8): it decides nothing. */
export const createHandlers = (deps: EndpointDeps, listener: ListenerName): CoapHandlers => {
  const { registry, driver, clock, log } = deps;
  const isCloned = createCloneWatch();
  /** What follows from a request once it was answered. */
  const afterwards = (work: () => Promise<void> | void): void => {
    setImmediate(async () => {
      try {
        await work();
      } catch (error) {
        log.warn({ err: error }, 'what a device said was not noted');
      }
    });
  };

  const newId = (): string => {
    for (;;) {
      const id = deps.ids.secret(ID_BYTES).slice(0, ID_LENGTH);
      if (registry.byId(id) === undefined) return id;
    }
  };

  /** What an attempt at the device knows, wherever it registered before. */
  const knownOf = async (
    of: Pick<Registered, 'account' | 'device'>,
  ): Promise<Pick<Registered, 'session' | 'stored'>> => {
    const known = registry.ofDevice(of.account, of.device);
    if (known !== undefined) return known;
    const record = await deps.store.protocolSessions.find(of.account, of.device, 'lwm2m');
    const stored = { version: record?.version ?? 0, isLost: false };
    return (record && fromRecord(record)) ?? { session: idleSession, stored };
  };

  /** What may be a guess at the name of a device; only who has shown a key is not counted. */
  const withinRate = async ({ association }: CoapPeer, work: () => Promise<Answer>): Promise<Answer> => {
    if (!deps.rate.allows(association)) return { ...diagnostic('5.03'), maxAge: COME_LATER };
    const answer = await work();
    if (answer.code === '4.03') deps.rate.refused(association);
    return answer;
  };

  const register = async (peer: CoapPeer, request: CoapRequest): Promise<Answer> => {
    const read = readRegistration(request);
    if (!read.ok) return diagnostic(read.refusal.code, read.refusal.message);
    const { endpoint, version, queue, lifetime, root } = read.value;
    const { association } = peer;
    const found = await admit(deps, deps.settings, association, endpoint);
    if ('no' in found) return diagnostic('4.03', found.no);
    const { speaker, device } = found.admitted;
    const place = { account: speaker.account.key, device: device.key };
    const now = clock();
    const { session, stored } = await knownOf(place);
    const was = registry.ofDevice(place.account, place.device);
    if (was !== undefined) {
      if (isCloned(placeOf(was), was.address, association.address)) {
        afterwards(() => flagClone(deps, found.admitted));
      }
      // What was asked of it before is asked again, of whoever it is now (A1.3).
      deps.reach(was)?.drop();
    }
    const { key, address, port, identity = '' } = association;
    const registered: Registered = {
      ...place,
      id: newId(),
      deviceId: device.id,
      listener,
      home: deps.homeOf(listener),
      ...{ key, address, port, identity, enabler: version, queue, lifetime, root, session, stored, peer },
      expiresAt: expiryOf(lifetime, now),
      objects: share(toObjects(read.value)),
      parameters: share(toParameters(read.value)),
      heardAt: now,
    };
    await registry.take(registered);
    // The device was deleted meanwhile, or has registered once more.
    if (registry.byId(registered.id) === undefined) return diagnostic('5.03');
    deps.seen.note(place.account, place.device);
    // After the answer, which tells the device where it is registered.
    afterwards(() => driver.visit(registered, 'registered'));
    return { code: '2.01', locationPath: ['rd', registered.id], payload: nothing };
  };

  /** Of this process, or of another one that the device was registered with. */
  const findRegistered = async (id: string): Promise<Registered | undefined> => {
    const known = registry.byId(id);
    if (known !== undefined || id.length !== ID_LENGTH) return known;
    const record = await deps.store.protocolSessions.findByName('lwm2m', id);
    const read = record && fromRecord(record);
    if (read === undefined || read.over || read.expiresAt <= clock()) return undefined;
    const { over, ...registered } = read;
    // Meanwhile it may have been taken in from the store, or have registered anew.
    const held = registry.ofDevice(registered.account, registered.device);
    if (held === undefined) return registered;
    return held.id === id ? held : undefined;
  };

  /** Its registration, if it is its own: over secure transports the identity has to be the same (A1.4). */
  const ownRegistration = async (peer: CoapPeer, id: string): Promise<Registered | undefined> => {
    const found = await findRegistered(id);
    return found?.identity === (peer.association.identity ?? '') ? found : undefined;
  };

  const update = async (peer: CoapPeer, request: CoapRequest, id: string): Promise<Answer> => {
    const known = await ownRegistration(peer, id);
    if (known === undefined) return diagnostic('4.04');
    const read = readRegistrationUpdate(request, enablerOf(known));
    if (!read.ok) return diagnostic(read.refusal.code, read.refusal.message);
    const { lifetime = known.lifetime, queue = known.queue, list } = read.value;
    const parameters = share(toParameters(read.value, known.parameters));
    const { key, address, port } = peer.association;
    const now = clock();
    const registered: Registered = {
      // An attempt may have moved on while the record was read.
      ...(registry.byId(id) ?? known),
      ...{ lifetime, queue, parameters, key, address, port, peer, listener, heardAt: now },
      home: deps.homeOf(listener),
      expiresAt: expiryOf(lifetime, now),
      ...(list !== undefined && { root: list.root, objects: share(toObjects(list)) }),
    };
    // It moved: what is still sent to where it was has nobody to answer it.
    if (known.key !== key) deps.reach(known)?.drop();
    registry.refresh(registered);
    deps.seen.note(registered.account, registered.device);
    afterwards(() => driver.visit(registered, 'heard'));
    return { code: '2.04', payload: nothing };
  };

  const deregister = async (peer: CoapPeer, id: string): Promise<Answer> => {
    const known = await ownRegistration(peer, id);
    if (known === undefined) return diagnostic('4.04');
    registry.remove(registry.byId(id) ?? known);
    peer.drop();
    return { code: '2.02', payload: nothing };
  };

  const ofPeer = ({ association }: CoapPeer): Registered | undefined => {
    const known = registry.byAssociation(association.key);
    return known?.identity === (association.identity ?? '') ? known : undefined;
  };

  const heard = (peer: CoapPeer, known: Registered): void => {
    const registered = { ...known, peer, heardAt: clock() };
    registry.note(registered);
    driver.visit(registered, 'heard');
  };

  /** State and result in it are a hint, as a notification is: they are read (A1.8). */
  const takeSend = (peer: CoapPeer, request: CoapRequest): Answer => {
    const known = ofPeer(peer);
    if (known === undefined) return diagnostic('4.04');
    const sent = readSend(request, known);
    if (!sent.ok) return diagnostic(sent.refusal);
    heard(peer, known);
    afterwards(() => noteSent(deps, known, sent.value));
    return { code: '2.04', payload: nothing };
  };

  const answer = async (peer: CoapPeer, request: CoapRequest): Promise<Answer> => {
    const { method, path } = request;
    const [first, id] = path;
    if (first === 'rd' && path.length === 1) {
      return method === 'POST' ? withinRate(peer, () => register(peer, request)) : diagnostic('4.05');
    }
    if (first === 'rd' && id !== undefined && path.length === 2) {
      if (method === 'POST' || method === 'PUT') return update(peer, request, id);
      return method === 'DELETE' ? deregister(peer, id) : diagnostic('4.05');
    }
    if (first === 'bs' && path.length === 1) {
      if (method !== 'POST') return diagnostic('4.05');
      return withinRate(peer, () => deps.bootstrap(peer, request, listener));
    }
    if (first === 'dp' && path.length === 1)
      return method === 'POST' ? takeSend(peer, request) : diagnostic('4.05');
    if (first === 'dl' && path.length >= 2 && path.length <= 3) return deps.files(request);
    return diagnostic('4.04');
  };

  return {
    request: async (peer, request) => {
      try {
        return await answer(peer, request);
      } catch (error) {
        log.warn({ err: error }, 'a request of a device failed');
        return diagnostic('5.00');
      }
    },
    knows: (peer, token) => {
      const known = registry.byAssociation(peer.association.key);
      if (known === undefined || known.session.stage === 'idle') return false;
      return deps.tokens.read(known.id, token) !== undefined;
    },
    notified: (peer) => {
      const known = ofPeer(peer);
      if (known !== undefined) heard(peer, known);
    },
    gone: (peer) => {
      const known = registry.byAssociation(peer.association.key);
      if (known?.peer !== undefined) registry.note({ ...known, peer: undefined });
    },
  };
};

const nothing = new Uint8Array();

const enablerOf = ({ enabler }: Registered): EnablerVersion =>
  enablerVersions.find((version) => version === enabler) ?? '1.0';
