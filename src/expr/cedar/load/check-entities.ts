import type { Entities } from '@cedar-policy/cedar-wasm/nodejs';
import type { EntityJson } from '../../../model/policies/cedar-json.ts';
import { uidOf } from '../entities.ts';
import type { CedarLibrary } from './library.ts';
import type { LoadedSchema } from './schema.ts';

/** Entities that requests bring: a configuration says of them only what it adds, so that they need not be complete. */
const ofRequests: ReadonlySet<string> = new Set(
  ['User', 'ApiKey', 'Certificate', 'Anonymous'].concat([
    'Gateway',
    'Route',
    'Provider',
    'Model',
    'Server',
    'Tool',
    'Prompt',
    'Resource',
    'Agent',
    'Task',
  ]),
);

/** Why entities cannot be used; undefined: they can. */
export function entitiesProblem(
  library: CedarLibrary,
  entities: readonly EntityJson[],
  schema: LoadedSchema,
): string | undefined {
  const shape = library.checkParseEntities({ entities: entities as unknown as Entities });
  if (shape.type === 'failure') return shape.errors.map(({ message }) => message).join('; ');
  for (const { uid, parents } of entities) {
    const { key, type } = uidOf(uid);
    const allowed = schema.entityTypes.get(type);
    if (allowed === undefined) return `${key} has a type that the schema does not declare`;
    for (const parent of parents.map(uidOf)) {
      if (!allowed.includes(parent.type))
        return `${key} cannot be in ${parent.key}: the schema lets ${type} be in ${shown(allowed)}`;
    }
  }
  const complete = entities.filter(({ uid }) => !ofRequests.has(uidOf(uid).type));
  const checked = library.checkParseEntities({ entities: complete as unknown as Entities, schema: schema.text });
  return checked.type === 'failure' ? checked.errors.map(({ message }) => message).join('; ') : undefined;
}

function shown(types: readonly string[]): string {
  return types.length === 0 ? 'nothing' : types.join(', ');
}
