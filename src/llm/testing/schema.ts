/** What a value of an upstream request may be. Unlike JSON Schema it is closed: members that it does not name are wrong. */
export type Schema =
  | AnySchema
  | ObjectSchema
  | ArraySchema
  | StringSchema
  | NumberSchema
  | UnionSchema
  | { readonly type: 'boolean'; readonly const?: boolean }
  | { readonly type: 'null' }
  | { readonly ref: string };

/** Free JSON, such as the arguments of a tool. */
export interface AnySchema {
  readonly type: 'any';
}

export interface ObjectSchema {
  readonly type: 'object';
  readonly members: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Members that `members` does not name; without it there may be none. */
  readonly rest?: Schema;
  /** Of each group of members exactly one is there. */
  readonly one?: readonly (readonly string[])[];
  /** Of each group of members at most one is there. */
  readonly atMostOne?: readonly (readonly string[])[];
}

export interface ArraySchema {
  readonly type: 'array';
  readonly items: Schema;
  readonly min?: number;
  readonly max?: number;
}

export interface StringSchema {
  readonly type: 'string';
  /** Lengths are in Unicode code points; of `base64`, in bytes. */
  readonly min?: number;
  readonly max?: number;
  /** ECMAScript, found anywhere in the text unless anchored. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly base64?: boolean;
}

export interface NumberSchema {
  readonly type: 'number';
  readonly integer?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: readonly number[];
}

/** A value that fits one of them. */
export interface UnionSchema {
  readonly type: 'union';
  readonly of: readonly Schema[];
}

/** One extract of a vendor's own description of its API, as committed under `testdata/`. */
export interface SchemaFile {
  /** The package and version that it was taken from. */
  readonly origin: string;
  /** The bodies of operations, by name. */
  readonly roots: Readonly<Record<string, Schema>>;
  /** What `ref` names. */
  readonly defs: Readonly<Record<string, Schema>>;
}
