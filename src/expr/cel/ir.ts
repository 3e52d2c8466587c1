import type { CelErrorValue } from './errors.ts';
import type { FunctionDef, Overload, SpecialForm } from './functions/table.ts';
import type { MessageType } from './functions/messages.ts';
import type { LoopKind } from './loops.ts';
import type { CelType } from './types.ts';
import type { CelValue } from './values.ts';

/** A checked expression: names resolved, overloads chosen, variables in numbered slots. */
export type Checked =
  | { readonly op: 'constant'; readonly type: CelType; readonly value: CelValue }
  /** Something that can only fail; arises where checking is off. */
  | { readonly op: 'error'; readonly type: CelType; readonly error: CelErrorValue }
  | { readonly op: 'root'; readonly type: CelType; readonly name: string; readonly path: string }
  | { readonly op: 'slot'; readonly type: CelType; readonly slot: number }
  | CheckedSelect
  | CheckedCall
  | { readonly op: 'form'; readonly type: CelType; readonly form: SpecialForm; readonly args: readonly Checked[] }
  | {
      readonly op: 'list';
      readonly type: CelType;
      readonly elements: readonly { readonly value: Checked; readonly optional: boolean }[];
    }
  | {
      readonly op: 'map';
      readonly type: CelType;
      readonly entries: readonly { readonly key: Checked; readonly value: Checked; readonly optional: boolean }[];
    }
  | {
      readonly op: 'message';
      readonly type: CelType;
      readonly message: MessageType;
      readonly fields: readonly { readonly name: string; readonly value: Checked; readonly optional: boolean }[];
    }
  | CheckedLoop
  | {
      readonly op: 'let';
      readonly type: CelType;
      readonly slot: number;
      readonly value: Checked;
      readonly body: Checked;
    };

/** A field of a map; `path` is the attribute path from a root, or null when it does not start at one. */
export interface CheckedSelect {
  readonly op: 'select';
  readonly type: CelType;
  readonly operand: Checked;
  readonly field: string;
  readonly test: boolean;
  readonly optional: boolean;
  readonly path: string | null;
}

/** A call of the overloads that fit statically; which one runs depends on the values. */
export interface CheckedCall {
  readonly op: 'call';
  readonly pos: number;
  readonly type: CelType;
  readonly callee: FunctionDef;
  readonly overloads: readonly Overload[];
  readonly args: readonly Checked[];
  /** Where each argument stands in the source. */
  readonly argPositions: readonly number[];
}

export interface CheckedLoop {
  readonly op: 'loop';
  readonly type: CelType;
  readonly loop: LoopKind;
  readonly range: Checked;
  /** One slot, or two for index/key and value. */
  readonly slots: readonly number[];
  readonly bodies: readonly Checked[];
}
