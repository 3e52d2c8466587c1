import type { LoopKind } from './loops.ts';
import type { CelValue } from './values.ts';

/** A syntax tree node; `pos` is an offset into the source. Macros are already expanded. */
export type Node =
  | LiteralNode
  | IdentNode
  | SelectNode
  | CallNode
  | ListNode
  | MapNode
  | MessageNode
  | LoopNode
  | LetNode;

export interface LiteralNode {
  readonly kind: 'literal';
  readonly pos: number;
  readonly value: CelValue;
}

export interface IdentNode {
  readonly kind: 'ident';
  readonly pos: number;
  readonly name: string;
  /** Written with a leading dot: skips local variables and the container. */
  readonly absolute: boolean;
}

export interface SelectNode {
  readonly kind: 'select';
  readonly pos: number;
  readonly operand: Node;
  readonly field: string;
  /** `has(a.b)`. */
  readonly test: boolean;
  /** `a.?b`. */
  readonly optional: boolean;
}

/** A function, operator (`_+_`) or member call. */
export interface CallNode {
  readonly kind: 'call';
  readonly pos: number;
  readonly name: string;
  readonly target: Node | null;
  readonly args: readonly Node[];
}

export interface ListNode {
  readonly kind: 'list';
  readonly pos: number;
  readonly elements: readonly { readonly value: Node; readonly optional: boolean }[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly pos: number;
  readonly entries: readonly { readonly key: Node; readonly value: Node; readonly optional: boolean }[];
}

/** `Type{field: value}`. */
export interface MessageNode {
  readonly kind: 'message';
  readonly pos: number;
  readonly name: string;
  readonly fields: readonly MessageField[];
}

export interface MessageField {
  readonly pos: number;
  readonly name: string;
  readonly value: Node;
  readonly optional: boolean;
}

/** A macro that runs its bodies once for each item of a list or map. */
export interface LoopNode {
  readonly kind: 'loop';
  readonly pos: number;
  readonly loop: LoopKind;
  readonly range: Node;
  /** The item's variable, or index/key and value. */
  readonly variables: readonly string[];
  readonly bodies: readonly Node[];
}

/** `body` with one more variable. */
export interface LetNode {
  readonly kind: 'let';
  readonly pos: number;
  readonly name: string;
  readonly value: Node;
  readonly body: Node;
}

/** A member or global call, as macros build them. */
export function callNode(pos: number, name: string, args: readonly Node[], target: Node | null = null): CallNode {
  return { kind: 'call', pos, name, target, args };
}

/** A reference to a variable. */
export function identNode(pos: number, name: string): IdentNode {
  return { kind: 'ident', pos, name, absolute: false };
}

/** The dotted name that a chain of selections spells, or null when it is not one. */
export function qualifiedName(node: Node): string | null {
  if (node.kind === 'ident') return node.absolute ? `.${node.name}` : node.name;
  if (node.kind !== 'select' || node.test || node.optional) return null;
  const operand = qualifiedName(node.operand);
  return operand === null ? null : `${operand}.${node.field}`;
}
