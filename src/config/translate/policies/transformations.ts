import type { Conditional } from '../../../model/policy.ts';
import type { TransformationsSpec, TransformSpec } from '../../../model/policies/transformations.ts';
import type { TransformationsPolicy } from '../../schema/rewrite.ts';
import type { Transform, Transformations } from '../../schema/transformations.ts';
import { conditionals } from '../conditional.ts';
import { warn, type Context, type Path } from '../context.ts';
import { expression, expressionMap, type Moment } from '../expressions.ts';

/** `transformations` of a gateway or a route. */
export function conditionalTransformations(
  context: Context,
  path: Path,
  config: TransformationsPolicy,
): Conditional<TransformationsSpec> {
  return conditionals(context, path, config, transformations);
}

/** `transformations` of a backend, or one variant. */
export function transformations(context: Context, path: Path, config: Transformations): TransformationsSpec {
  const { request, response } = config;
  return {
    ...(request === undefined ? {} : { request: transform(context, [...path, 'request'], request, 'request') }),
    ...(response === undefined ? {} : { response: transform(context, [...path, 'response'], response, 'response') }),
  };
}

function transform(context: Context, path: Path, config: Transform, moment: Moment): TransformSpec {
  const part = (name: 'replace' | 'body'): Partial<Record<typeof name, string>> => {
    const source = config[name];
    return source === undefined ? {} : { [name]: expression(context, [...path, name], source, moment) };
  };
  for (const [field, name] of fieldsOf(config)) checkName(context, [...path, ...field], name, moment);
  return {
    metadata: expressionMap(context, [...path, 'metadata'], config.metadata, moment),
    ...part('replace'),
    add: lowerCase(expressionMap(context, [...path, 'add'], config.add, moment)),
    set: lowerCase(expressionMap(context, [...path, 'set'], config.set, moment)),
    remove: config.remove.map((name) => name.toLowerCase()),
    ...part('body'),
  };
}

function fieldsOf({ add, set, remove }: Transform): (readonly [Path, string])[] {
  return [
    ...Object.keys(add).map((name) => [['add', name], name] as const),
    ...Object.keys(set).map((name) => [['set', name], name] as const),
    ...remove.map((name, index) => [['remove', index], name] as const),
  ];
}

const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What works, but changes nothing. */
function checkName(context: Context, path: Path, name: string, moment: Moment): void {
  const lower = name.toLowerCase();
  if (ofConnection.has(lower))
    warn(context, path, `${lower} is written by each connection itself: this changes nothing`);
  if (!lower.startsWith(':')) return;
  const known = moment === 'response' ? [':status'] : [':method', ':path', ':authority', ':scheme'];
  if (path.includes('remove')) warn(context, path, `${lower} cannot be removed: this changes nothing`);
  else if (!known.includes(lower)) warn(context, path, `a ${moment} has no ${lower}: this changes nothing`);
}

function lowerCase(fields: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...fields].map(([name, source]) => [name.toLowerCase(), source]));
}
