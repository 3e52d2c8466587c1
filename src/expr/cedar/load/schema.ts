import type { EntityJson } from '../../../model/policies/cedar-json.ts';
import { waygateSchema } from '../waygate-schema.ts';
import type { CedarLibrary } from './library.ts';
import { withoutComments } from './parse-policies.ts';
import { problemOf, type CedarProblem } from './problem.ts';

/** The schema that policies are checked against. */
export interface LoadedSchema {
  readonly text: string;
  /** Every action, with the groups that it is in. */
  readonly actions: readonly EntityJson[];
  /** Types of entities, and what each may be in. */
  readonly entityTypes: ReadonlyMap<string, readonly string[]>;
}

/**
 * Waygate's schema with the declarations of a configuration: those of a name that Waygate's has, too, come in its place.
 */
export function loadSchema(
  library: CedarLibrary,
  own: string,
): LoadedSchema | { readonly problems: readonly CedarProblem[] } {
  const declared = declaredNames(own);
  const rest = waygateSchema.filter(({ names }) => !names.some((name) => declared.has(name)));
  // What a configuration says stands first, so that offsets are offsets in it.
  const text = [own, ...rest.map((declaration) => declaration.text)].join('\n');
  const answer = library.schemaToJson(text);
  if (answer.type === 'failure') {
    // Only the other function says where an error is.
    const parsed = library.checkParseSchema(text);
    return {
      problems: (parsed.type === 'failure' ? parsed.errors : answer.errors).map((error) => {
        const problem = problemOf(error, text);
        return problem.offset <= own.length ? problem : { ...problem, offset: 0 };
      }),
    };
  }
  const actions: EntityJson[] = [];
  const entityTypes = new Map<string, readonly string[]>();
  for (const [namespace, definition] of Object.entries(answer.json)) {
    const prefix = namespace === '' ? '' : `${namespace}::`;
    const type = `${prefix}Action`;
    for (const [id, { memberOf = [] }] of Object.entries(definition.actions)) {
      const parents = memberOf.map((group) => ({ type: group.type ?? type, id: group.id }));
      actions.push({ uid: { type, id }, attrs: {}, parents });
    }
    for (const [name, entity] of Object.entries(definition.entityTypes)) {
      const parents = 'memberOfTypes' in entity ? (entity.memberOfTypes ?? []) : [];
      entityTypes.set(`${prefix}${name}`, parents);
    }
  }
  return { text, actions, entityTypes };
}

/** The names that are declared outside of namespaces: of types, entities and actions. */
function declaredNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  const bare = withoutComments(text);
  const words = bare.match(/"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*|[{}[\]();,=]|::/g) ?? [];
  let depth = 0;
  let reading = false;
  let fresh = true;
  for (const word of words) {
    if (depth === 0 && fresh && (word === 'type' || word === 'entity' || word === 'action')) {
      reading = true;
      fresh = false;
      continue;
    }
    if (depth === 0 && word === ';') {
      fresh = true;
      reading = false;
    } else if ('{[('.includes(word)) {
      depth += 1;
      reading = false;
    } else if ('}])'.includes(word)) {
      depth -= 1;
      // A namespace ends without a semicolon.
      if (depth === 0 && word === '}') fresh = true;
    } else if (word === 'in' || word === '=' || word === 'appliesTo' || word === 'enum') reading = false;
    else if (reading && word !== ',') names.add(word.startsWith('"') ? (JSON.parse(word) as string) : word);
  }
  return names;
}
