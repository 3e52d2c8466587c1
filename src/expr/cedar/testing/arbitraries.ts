import fc, { type Arbitrary } from 'fast-check';
import type {
  EntityJson,
  ExprJson,
  PolicyJson,
  ScopeJson,
  ActionScopeJson,
  TypeAndId,
  ValueJson,
} from '../../../model/policies/cedar-json.ts';

/** One question with everything that it is decided by, in Cedar's JSON format. */
export interface Question {
  readonly policies: readonly PolicyJson[];
  readonly entities: readonly EntityJson[];
  readonly principal: TypeAndId;
  readonly action: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: Readonly<Record<string, ValueJson>>;
}

const types = ['User', 'Group', 'Doc'] as const;
const names = ['a', 'b', 'c d'] as const;
const pick = <T>(...values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values);

/** The name of an entity. */
export const uid: Arbitrary<TypeAndId> = fc.record({ type: pick(...types), id: pick('x', 'y', 'z"') });
/** The name of an action. */
export const action: Arbitrary<TypeAndId> = fc.record({ type: fc.constant('Action'), id: pick('get', 'put', 'any') });
const entityValue: Arbitrary<ValueJson> = uid.map((__entity) => ({ __entity }));

const integers = pick(0, 1, 2, -1, 7, 86_400_000, 2 ** 53 - 1, -(2 ** 53 - 1));
const texts = pick('', 'a', 'ab', 'aXbXc', '*', 'é😀', '10.0.0.1', '1.5', '2024-01-01', '1d', 'x\ny');
/** Texts that may or may not be values of an extension type. */
export const extensionTexts: Readonly<Record<string, readonly string[]>> = {
  decimal: ['1.5', '-0.0001', '1.50', '922337203685477.5807', '1', '1.23456', '.5', '+1.0', '922337203685477.5808'],
  ip: [
    '10.0.0.1',
    '10.0.0.0/8',
    '10.1.2.3/8',
    '127.0.0.1',
    '127.0.0.0/7',
    '224.0.0.1',
    '::1',
    '::/0',
    'ff00::1/8',
  ].concat([
    '::ffff:1.2.3.4',
    '1.2.3',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1:2:3:4:5:6:7:8',
    'fe80::1%1',
    '2001:db8::/32',
    'abcd:EF::',
    '1::2::3',
  ]),
  datetime: ['2024-01-01', '1969-12-31', '2024-02-30', '2024-01-01T00:00:00Z', '2024-01-01T23:59:59.999Z', '0000-01-01']
    .concat(['2024-01-01T12:00:00+0100', '2024-01-01T12:00:00-2359', '2024-01-01T24:00:00Z', '2024-01-01T12:00:00.5Z'])
    .concat([
      '2024-01-01T12:00:60Z',
      '2024-01-01T12:00:00+2400',
      '2024-01-01T12:00:00+01:00',
      '0099-03-01',
      '2024-1-1',
      '2024-01-01T12:00:00',
    ]),
  duration: [
    '1d',
    '-1d',
    '1h30m',
    '5ms',
    '1d2h3m4s5ms',
    '',
    '-',
    '1m1h',
    '1',
    '9223372036854775807ms',
    '-9223372036854775808ms',
  ].concat(['106751991168d', '1.5s', '0d', '9223372036854775808ms', '-1d1h', '1d-1h']),
};
const goodTexts: Readonly<Record<string, readonly string[]>> = {
  decimal: ['1.5', '-0.0001', '2.0'],
  ip: ['10.0.0.1', '10.0.0.0/8', '::1'],
  datetime: ['2024-01-01', '2024-01-01T23:59:59.999Z', '1969-12-31'],
  duration: ['1d', '-1h', '5ms'],
};

const extensionValue: Arbitrary<ValueJson> = pick('decimal', 'ip', 'datetime', 'duration').chain((fn) =>
  pick(...(goodTexts[fn] ?? [])).map((arg) => ({ __extn: { fn, arg } })),
);

/** A value as an entity or a context has it. */
const value: Arbitrary<ValueJson> = fc.letrec<{ value: ValueJson }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.boolean(), integers, texts, entityValue, extensionValue),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(pick(...names), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** Attributes, tags or a context. */
export const attributes: Arbitrary<Readonly<Record<string, ValueJson>>> = fc.dictionary(pick(...names), value, {
  maxKeys: 3,
  noNullPrototype: true,
});

const expression: Arbitrary<ExprJson> = fc.letrec<{
  any: ExprJson;
  bool: ExprJson;
  long: ExprJson;
  set: ExprJson;
  uid: ExprJson;
  path: ExprJson;
  text: ExprJson;
  extension: ExprJson;
}>((tie) => {
  const binary = (operators: readonly string[], left: Arbitrary<ExprJson>, right = left): Arbitrary<ExprJson> =>
    fc.record({ operator: pick(...operators), left, right }).map((one) => ({
      [one.operator]: { left: one.left, right: one.right },
    }));
  const unary = (operator: string, arg: Arbitrary<ExprJson>): Arbitrary<ExprJson> =>
    arg.map((a) => ({ [operator]: { arg: a } }));
  const literal = (values: Arbitrary<ValueJson>): Arbitrary<ExprJson> => values.map((Value) => ({ Value }));
  const call = (functions: readonly string[], ...args: readonly Arbitrary<ExprJson>[]): Arbitrary<ExprJson> =>
    fc.tuple(pick(...functions), fc.tuple(...args)).map(([name, list]) => ({ [name]: list }));
  const made = (fn: string): Arbitrary<ExprJson> =>
    fc.oneof(
      {
        weight: 3,
        arbitrary: pick(...(extensionTexts[fn] ?? [])).map((text): ExprJson => ({ [fn]: [{ Value: text }] })),
      },
      { weight: 1, arbitrary: tie('path') },
    );
  const [decimal, ip, datetime, duration] = [made('decimal'), made('ip'), made('datetime'), made('duration')];
  const attribute = pick(...names);
  return {
    any: fc.oneof(
      { depthSize: 'small' },
      tie('path'),
      tie('bool'),
      tie('long'),
      tie('set'),
      tie('uid'),
      tie('text'),
      tie('extension'),
    ),
    bool: fc.oneof(
      { depthSize: 'small' },
      literal(fc.boolean()),
      binary(['==', '!='], tie('any')),
      binary(['<', '<=', '>', '>='], tie('long')),
      binary(['<', '<=', '>', '>='], tie('any')),
      binary(['<', '<=', '>', '>='], datetime),
      binary(['<', '<=', '>', '>='], duration),
      binary(['&&', '||'], tie('bool')),
      binary(['&&', '||'], tie('any')),
      unary('!', tie('bool')),
      unary('isEmpty', fc.oneof(tie('set'), tie('any'))),
      binary(['contains'], tie('set'), tie('any')),
      binary(['containsAll', 'containsAny'], fc.oneof(tie('set'), tie('path'))),
      binary(['in'], tie('uid'), fc.oneof(tie('uid'), tie('set'))),
      binary(['hasTag'], tie('uid'), tie('text')),
      fc.record({ left: tie('uid'), entity_type: pick(...types) }).map((is) => ({ is })),
      fc.record({ left: tie('uid'), entity_type: pick(...types), in: tie('uid') }).map((is) => ({ is })),
      fc
        .record({ left: tie('path'), attr: fc.oneof(attribute, fc.array(attribute, { minLength: 1, maxLength: 3 })) })
        .map((has) => ({ has })),
      fc
        .record({
          left: tie('text'),
          pattern: fc.array(
            fc.oneof(
              fc.constant('Wildcard' as const),
              pick('a', 'b', 'X', '😀', '*').map((Literal) => ({ Literal })),
            ),
            { maxLength: 5 },
          ),
        })
        .map((like) => ({ like })),
      fc.record({ if: tie('bool'), then: tie('bool'), else: tie('any') }).map((json) => ({ 'if-then-else': json })),
      call(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'], decimal, decimal),
      call(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'], ip),
      call(['isInRange'], ip, ip),
      tie('path'),
    ),
    long: fc.oneof(
      { depthSize: 'small' },
      literal(integers),
      tie('path'),
      binary(['+', '-', '*'], tie('long')),
      unary('neg', tie('long')),
      call(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'], duration),
    ),
    text: fc.oneof({ depthSize: 'small' }, literal(texts), tie('path'), binary(['getTag'], tie('uid'), tie('text'))),
    uid: fc.oneof(
      { depthSize: 'small' },
      literal(entityValue),
      pick('principal', 'resource', 'action').map((Var) => ({ Var })),
      tie('path'),
    ),
    set: fc.oneof(
      { depthSize: 'small' },
      fc.array(tie('any'), { maxLength: 3 }).map((list) => ({ Set: list })),
      fc.array(tie('uid'), { maxLength: 3 }).map((list) => ({ Set: list })),
      tie('path'),
    ),
    extension: fc.oneof(
      { depthSize: 'small' },
      decimal,
      ip,
      datetime,
      duration,
      call(['offset'], datetime, duration),
      call(['durationSince'], datetime, datetime),
      call(['toDate', 'toTime'], datetime),
    ),
    path: fc.oneof(
      { depthSize: 'small' },
      pick('principal', 'resource', 'context', 'context', 'context').map((Var) => ({ Var })),
      fc.record({ left: tie('path'), attr: attribute }).map((get) => ({ '.': get })),
      fc.dictionary(attribute, tie('any'), { maxKeys: 2, noNullPrototype: true }).map((fields) => ({ Record: fields })),
    ),
  };
}).bool;

const scope: Arbitrary<ScopeJson> = fc.oneof(
  { weight: 16, arbitrary: fc.constant({ op: 'All' } as const) },
  { weight: 1, arbitrary: uid.map((entity) => ({ op: '==', entity }) as const) },
  { weight: 1, arbitrary: uid.map((entity) => ({ op: 'in', entity }) as const) },
  { weight: 1, arbitrary: pick(...types).map((entity_type) => ({ op: 'is', entity_type }) as const) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(pick(...types), uid)
      .map(([entity_type, entity]) => ({ op: 'is', entity_type, in: { entity } }) as const),
  },
);

const actionScope: Arbitrary<ActionScopeJson> = fc.oneof(
  { weight: 9, arbitrary: fc.constant({ op: 'All' } as const) },
  { weight: 1, arbitrary: action.map((entity) => ({ op: '==', entity }) as const) },
  { weight: 1, arbitrary: action.map((entity) => ({ op: 'in', entity }) as const) },
  { weight: 1, arbitrary: fc.array(action, { maxLength: 2 }).map((entities) => ({ op: 'in', entities }) as const) },
);

const policy: Arbitrary<PolicyJson> = fc.record({
  effect: pick('permit', 'permit', 'permit', 'forbid'),
  principal: scope,
  action: actionScope,
  resource: scope,
  conditions: fc.array(fc.record({ kind: pick('when', 'unless'), body: expression }), { maxLength: 2, size: 'small' }),
});

/** Entities have no cycles: each is only in those that come after it in this order. */
const order: readonly TypeAndId[] = types.flatMap((type) => ['x', 'y', 'z"'].map((id) => ({ type, id })));

const entities: Arbitrary<readonly EntityJson[]> = fc
  .array(
    fc.record({
      index: fc.nat(order.length - 1),
      attrs: attributes,
      tags: attributes,
      parents: fc.array(fc.nat(order.length - 1), { maxLength: 2 }),
    }),
    { maxLength: 5 },
  )
  .map((drafts) => {
    const made = new Map<number, EntityJson>();
    for (const { index, attrs, tags, parents } of drafts) {
      const uids = parents.filter((parent) => parent > index).map((parent) => order[parent] as TypeAndId);
      made.set(index, { uid: order[index] as TypeAndId, attrs, tags, parents: uids });
    }
    return [
      ...made.values(),
      { uid: { type: 'Action', id: 'get' }, attrs: {}, parents: [{ type: 'Action', id: 'any' }] },
    ];
  });

/** Questions of every operator, most of them well typed, many not. */
export const question: Arbitrary<Question> = fc.record({
  policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
  entities,
  principal: uid,
  action,
  resource: uid,
  context: attributes,
});
