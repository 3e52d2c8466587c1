/** Policies as Cedar's JSON format has them (docs.cedarpolicy.com/policies/json-format.html): plain data, checked before. */

/** `{ type, id }`, perhaps wrapped. */
export type UidJson = TypeAndId | { readonly __entity: TypeAndId };

export interface TypeAndId {
  readonly type: string;
  readonly id: string;
}

/** A literal, or a value of an entities file. */
export type ValueJson =
  | boolean
  | string
  | number
  | { readonly __entity: TypeAndId }
  | { readonly __extn: { readonly fn: string; readonly arg: ValueJson } }
  | readonly ValueJson[]
  | { readonly [name: string]: ValueJson };

/** An expression: an object of one member, whose name is the operator. */
export type ExprJson = { readonly [operator: string]: unknown };

/** What a scope says of the principal or the resource. */
export type ScopeJson =
  | { readonly op: 'All' }
  | { readonly op: '==' | 'in'; readonly entity: UidJson }
  | { readonly op: 'is'; readonly entity_type: string; readonly in?: { readonly entity: UidJson } };

/** What a scope says of the action. */
export type ActionScopeJson =
  | { readonly op: 'All' }
  | { readonly op: '=='; readonly entity: UidJson }
  | { readonly op: 'in'; readonly entity: UidJson }
  | { readonly op: 'in'; readonly entities: readonly UidJson[] };

/** A static policy. */
export interface PolicyJson {
  readonly effect: 'permit' | 'forbid';
  readonly principal: ScopeJson;
  readonly action: ActionScopeJson;
  readonly resource: ScopeJson;
  readonly conditions: readonly { readonly kind: 'when' | 'unless'; readonly body: ExprJson }[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An entity of an entities file. */
export interface EntityJson {
  readonly uid: UidJson;
  readonly attrs: Readonly<Record<string, ValueJson>>;
  readonly parents: readonly UidJson[];
  readonly tags?: Readonly<Record<string, ValueJson>>;
}

/** A policy by the name that decisions call it. */
export interface NamedPolicy {
  readonly id: string;
  readonly json: PolicyJson;
}
