import type { z } from 'zod';

/** A zod schema whose output is `T`; every schema of the configuration is made by this kit, and so has a {@link Node}. */
export type Schema<T> = z.ZodType<T>;

/** What a schema accepts, as data: the JSON Schema, the reference page, suggestions and redaction are made from it. */
export type Node = ScalarNode | LiteralsNode | AnyNode | ListNode | MapNode | ObjectNode | UnionNode | LazyNode;

/** The JSON type of a value. */
export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'null';
  /** What an error says was expected: `a duration such as 10s or 1m30s`. */
  readonly label: string;
  /** JSON Schema `format`, when there is one. */
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Never shown in errors, dumps or logs. */
  readonly secret?: true;
}

interface LiteralsNode {
  readonly kind: 'literals';
  readonly values: readonly string[];
  /** Values that only Waygate knows. */
  readonly beyond: readonly string[];
}

/** Any JSON value, or any JSON object; `secret` as for scalars. */
interface AnyNode {
  readonly kind: 'any';
  readonly type?: 'object';
  readonly label: string;
  readonly secret?: true;
}

interface ListNode {
  readonly kind: 'list';
  readonly item: Schema<unknown>;
  readonly minItems: number;
  readonly maxItems: number;
}

interface MapNode {
  readonly kind: 'map';
  /** What the keys must be, or absent for any text. */
  readonly key?: Schema<unknown>;
  readonly value: Schema<unknown>;
}

export interface ObjectNode {
  readonly kind: 'object';
  /** Name of its definition in the JSON Schema and of its section in the reference page. */
  readonly name: string;
  readonly doc: string;
  readonly fields: Readonly<Record<string, FieldNode>>;
  /** Other spellings of fields, by alias. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Of these fields exactly one must be there; empty: no such rule. */
  readonly oneOf: readonly string[];
  /** Unknown fields are let through with a warning, as the reference does. */
  readonly open: boolean;
}

export interface FieldNode {
  readonly schema: Schema<unknown>;
  readonly doc: string;
  readonly presence: Presence;
  /** `null` says the same as leaving it out. */
  readonly nullable: boolean;
  /** The default as a file would write it. */
  readonly initial?: unknown;
  readonly deprecated?: string;
  /** Waygate's own key, not of agentgateway. */
  readonly beyond?: true;
}

export type Presence = 'required' | 'optional' | 'default';

export interface UnionNode {
  readonly kind: 'union';
  readonly branches: readonly Schema<unknown>[];
}

interface LazyNode {
  readonly kind: 'lazy';
  readonly get: () => Schema<unknown>;
}

const nodes = new WeakMap<z.ZodType, Node>();

/** Attaches the description of what `schema` accepts. */
export function describe<T>(schema: Schema<T>, node: Node): Schema<T> {
  nodes.set(schema, node);
  return schema;
}

/** The description of a schema made by this kit; lazy ones are followed. */
export function nodeOf(schema: z.ZodType): Exclude<Node, LazyNode> {
  let node = nodes.get(schema);
  while (node?.kind === 'lazy') node = nodes.get(node.get());
  if (node === undefined) throw new Error('this schema was not made by the schema kit');
  return node;
}
