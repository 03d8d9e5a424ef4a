import { type Enrolment, enrolments, pulseAttributes, SYSTEM } from '../../app/pulse-profile.ts';
import type { Expression, Field, TextColumn } from '../../domain/targeting.ts';
import type { Device } from '../../wire/pulse/devices.ts';
import type { KeyObj } from '../../wire/pulse/filters.ts';
import { BadRequest } from './errors.ts';

/** Which datum of a device a filter is about. */
export type Key =
  /** A text that every device has; where it is an attribute and missing, it is empty. */
  | { readonly kind: 'text'; readonly field: Field }
  /** Epoch milliseconds: the latest of some instants. */
  | { readonly kind: 'instant'; readonly latestOf: readonly ('createdAt' | 'lastSeenAt')[] }
  /** One of a few words, each of which is a query of its own. */
  | { readonly kind: 'word'; readonly words: Readonly<Record<string, Expression>> }
  /** A property, which a device may have or not: the name of its attribute. */
  | { readonly kind: 'property'; readonly attribute: string };

const column = (name: TextColumn): Key => ({ kind: 'text', field: { kind: 'column', name } });
const attribute = (name: string): Field => ({ kind: 'attribute', name });
const text = (name: string): Key => ({ kind: 'text', field: attribute(name) });

const type = attribute(pulseAttributes.type);
const enrolment = attribute(pulseAttributes.enrolment);
const isThing: Expression = { type: 'compare', field: type, operator: '=', value: 'THING' };
const isKept: Expression = { type: 'in', field: enrolment, values: enrolments };
const wasSeen: Expression = { type: 'exists', field: { kind: 'column', name: 'lastSeenAt' } };

const not = (of: Expression): Expression => ({ type: 'not', of });
const kept = (value: Enrolment): Expression => ({ type: 'compare', field: enrolment, operator: '=', value });
/** Devices without a state of their own that were seen, or were not. */
const orElse = (state: Enrolment, seen: Expression): Expression => ({
  type: 'or',
  of: [kept(state), { type: 'and', of: [not(isKept), seen] }],
});

/** The members of a device that a filter can name; the same rules as those of `pulse-profile`. */
const members: Readonly<Record<string, Key>> = {
  id: column('id'),
  name: column('name'),
  templateId: text(pulseAttributes.template),
  parentId: text(pulseAttributes.parent),
  parentGatewayId: text(pulseAttributes.parent),
  deviceType: { kind: 'word', words: { GATEWAY: not(isThing), THING: isThing } },
  enrollmentState: {
    kind: 'word',
    words: {
      REGISTERED: orElse('REGISTERED', not(wasSeen)),
      ENROLLED: orElse('ENROLLED', wasSeen),
      UNENROLLED: kept('UNENROLLED'),
    },
  },
  createdTime: { kind: 'instant', latestOf: ['createdAt'] },
  lastUpdatedTime: { kind: 'instant', latestOf: ['createdAt', 'lastSeenAt'] },
};

const SOURCE = 'DEVICEMGMT_SERVICE';

/** The key of a member; throws for a name that is none, which is a defect. */
export const memberKey = (name: keyof Device & string): Key => {
  const key = members[name];
  if (key === undefined) throw new Error(`${name} is no key`);
  return key;
};

type Asked = Pick<KeyObj, 'key' | 'keyQualifier' | 'dataSource'>;

/** The key that is meant; `undefined` where there is none. */
export const findKey = ({ key, keyQualifier = '', dataSource = SOURCE }: Asked): Key | undefined => {
  if (dataSource !== SOURCE && dataSource !== '') return undefined;
  const [, qualifier = keyQualifier, name = key] = keyQualifier === '' ? (PATH.exec(key) ?? []) : [];
  const word = qualifier.toLowerCase().replace(/[^a-z]/g, '');
  if (/^system(propert(y|ies))?$/.test(word)) return { kind: 'property', attribute: `${SYSTEM}${name}` };
  if (/^custom(propert(y|ies))?$/.test(word)) return { kind: 'property', attribute: name };
  return word === '' && Object.hasOwn(members, name) ? members[name] : undefined;
};

const PATH = /^((?:system|custom)_?propert(?:y|ies))\.(.+)$/i;

/** The same; throws `BadRequest` where there is none. */
export const readKey = (asked: Asked): Key => {
  const key = findKey(asked);
  if (key !== undefined) return key;
  const { dataSource = SOURCE } = asked;
  if (dataSource !== SOURCE && dataSource !== '')
    throw new BadRequest(
      `keyObj.dataSource: only data of ${SOURCE} can be filtered by; got ${JSON.stringify(dataSource)}.`,
    );
  throw new BadRequest(
    `keyObj.key: expected one of ${Object.keys(members).join(', ')}, or a property with the keyQualifier systemProperties or customProperties; got ${JSON.stringify(asked.key)} with ${JSON.stringify(asked.keyQualifier ?? '')}.`,
  );
};
