import { nodeOf, type FieldNode, type ObjectNode, type Schema } from './kit/node.ts';

/** A JSON Schema document or a part of one. */
type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema (2020-12) of what `root` accepts, its objects as definitions. It says less than the schema itself: checks
 * inside texts (regular expressions, addresses) are only hinted at, and defaults are not applied.
 */
export function jsonSchemaOf(root: Schema<unknown>, head: { readonly id: string; readonly title: string }): JsonSchema {
  const node = nodeOf(root);
  if (node.kind !== 'object') throw new Error('the root of a JSON Schema must be an object');
  const definitions = new Definitions();
  const body = definitions.object(node);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: head.id,
    title: head.title,
    ...body,
    $defs: definitions.sorted(),
  };
}

class Definitions {
  readonly #made = new Map<string, JsonSchema>();
  readonly #nodes = new Map<string, ObjectNode>();

  sorted(): JsonSchema {
    return Object.fromEntries([...this.#made].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  object(node: ObjectNode): JsonSchema {
    const properties: Record<string, JsonSchema> = {};
    for (const [name, field] of Object.entries(node.fields)) properties[name] = this.#field(field);
    const clashes: JsonSchema[] = [];
    for (const [alias, name] of Object.entries(node.aliases)) {
      const field = node.fields[name];
      if (field === undefined) continue;
      properties[alias] = { ...this.#field({ ...field, doc: `Another spelling of ${name}.` }) };
      clashes.push({ not: { required: [name, alias] } });
    }
    const required = Object.keys(node.fields).filter(
      (name) => node.fields[name]?.presence === 'required' && !node.oneOf.includes(name),
    );
    return {
      description: node.doc,
      type: 'object',
      properties,
      ...(node.open ? {} : { additionalProperties: false }),
      ...(required.length === 0 ? {} : { required }),
      ...(node.oneOf.length === 0 ? {} : { oneOf: node.oneOf.map((name) => ({ required: [name] })) }),
      ...(clashes.length === 0 ? {} : { allOf: clashes }),
    };
  }

  #field(field: FieldNode): JsonSchema {
    const inner = this.#of(field.schema);
    return {
      description: field.doc,
      ...(field.nullable ? orNull(inner) : inner),
      ...(field.initial === undefined ? {} : { default: field.initial }),
      ...(field.deprecated === undefined ? {} : { deprecated: true }),
    };
  }

  #of(schema: Schema<unknown>): JsonSchema {
    const node = nodeOf(schema);
    switch (node.kind) {
      case 'scalar':
        return {
          type: node.type,
          ...(node.format === undefined ? {} : { format: node.format }),
          ...(node.pattern === undefined ? {} : { pattern: node.pattern }),
          ...(node.minimum === undefined ? {} : { minimum: node.minimum }),
          ...(node.maximum === undefined ? {} : { maximum: node.maximum }),
        };
      case 'literals':
        return { type: 'string', enum: node.values };
      case 'any':
        return node.type === undefined ? {} : { type: node.type };
      case 'list':
        return {
          type: 'array',
          items: this.#of(node.item),
          ...(node.minItems === 0 ? {} : { minItems: node.minItems }),
          ...(node.maxItems === Infinity ? {} : { maxItems: node.maxItems }),
        };
      case 'map':
        return {
          type: 'object',
          additionalProperties: this.#of(node.value),
          ...(node.key === undefined ? {} : { propertyNames: this.#of(node.key) }),
        };
      case 'union':
        return { anyOf: node.branches.map((branch) => this.#of(branch)) };
      case 'object':
        return this.#reference(node);
    }
  }

  #reference(node: ObjectNode): JsonSchema {
    const known = this.#nodes.get(node.name);
    if (known === undefined) {
      this.#nodes.set(node.name, node);
      this.#made.set(node.name, this.object(node));
    } else if (known !== node) {
      throw new Error(`two definitions are called ${node.name}`);
    }
    return { $ref: `#/$defs/${node.name}` };
  }
}

function orNull(schema: JsonSchema): JsonSchema {
  if (typeof schema['type'] === 'string' && schema['enum'] === undefined)
    return { ...schema, type: [schema['type'], 'null'] };
  if (Object.keys(schema).length === 0) return schema;
  if (Array.isArray(schema['anyOf'])) return { anyOf: [...(schema['anyOf'] as readonly unknown[]), { type: 'null' }] };
  return { anyOf: [schema, { type: 'null' }] };
}
