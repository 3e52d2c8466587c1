import type { ArraySchema, NumberSchema, ObjectSchema, Schema, SchemaFile, StringSchema } from './schema.ts';

/** What is added to a schema of the same type. */
export type Limit =
  | (Pick<NumberSchema, 'type'> & Partial<NumberSchema>)
  | (Pick<StringSchema, 'type'> & Partial<StringSchema>)
  | (Pick<ArraySchema, 'type'> & Partial<ArraySchema>)
  | (Pick<ObjectSchema, 'type'> & Partial<ObjectSchema>)
  | { readonly type: 'boolean' };

/**
 * `Definition`, `Definition/member` or `Definition/member[]` (each item of it) → what its schema lacks;
 * `Definition/+member` → a member that the extract itself lacks.
 */
export type Limits = Readonly<Record<string, Limit>>;

/**
 * Adds to an extract what the vendor says in prose only.
 * @throws TypeError where a limit fits no schema: the vendor has renamed something, and the limit would be lost.
 */
export function withLimits(file: SchemaFile, limits: Limits): SchemaFile {
  const defs: Record<string, Schema> = { ...file.defs };
  for (const [path, limit] of Object.entries(limits)) {
    const [name = '', member] = path.split('/');
    const def = defs[name];
    if (def === undefined) throw new TypeError(`a limit is of ${path}, which there is not`);
    defs[name] = member === undefined ? add(def, limit, path) : inMember(def, member, limit, path);
  }
  return { ...file, defs };
}

function inMember(def: Schema, member: string, limit: Limit, path: string): Schema {
  const name = member.replace('[]', '');
  const object = 'type' in def && def.type === 'object' ? def : undefined;
  if (object !== undefined && member.startsWith('+') && !(member.slice(1) in object.members)) {
    return { ...object, members: { ...object.members, [member.slice(1)]: limit as Schema } };
  }
  const schema = object?.members[name];
  if (object === undefined || schema === undefined) throw new TypeError(`a limit is of ${path}, which there is not`);
  const changed = name === member ? add(schema, limit, path) : inItems(schema, limit, path);
  return { ...object, members: { ...object.members, [name]: changed } };
}

function inItems(schema: Schema, limit: Limit, path: string): Schema {
  return inBranch(schema, 'array', path, (branch) => {
    const array = branch as ArraySchema;
    return 'ref' in array.items ? array : { ...array, items: add(array.items, limit, path) };
  });
}

function add(schema: Schema, limit: Limit, path: string): Schema {
  return inBranch(schema, limit.type, path, (branch) => ({ ...branch, ...limit }) as Schema);
}

/** Changes the schema, or each branch of its union, that is of a type. */
function inBranch(schema: Schema, type: string, path: string, change: (schema: Schema) => Schema): Schema {
  const isOfType = (branch: Schema): boolean => 'type' in branch && branch.type === type;
  if (isOfType(schema)) return change(schema);
  const branches = 'type' in schema && schema.type === 'union' ? schema.of : [];
  if (!branches.some(isOfType)) throw new TypeError(`the limit of ${path} is for ${type}, which it is not`);
  return { type: 'union', of: branches.map((branch) => (isOfType(branch) ? change(branch) : branch)) };
}
