import type { Exchange } from '../exchange.ts';

/** What a client asks for, as policies see it. */
export interface Resource {
  /** A type of entity of the schema, such as `Tool`. */
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What it is in. */
  readonly parents: readonly { readonly type: string; readonly id: string }[];
  /** What the context says of the question itself, such as `mcp`; absent: nothing. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An answer to the question whether a client may do something. */
export interface Answer {
  readonly allowed: boolean;
  /** Something forbids it, or may: no permit of anyone else could change that. */
  readonly forbidden: boolean;
  /** The policies that decided, as the log names them. */
  readonly by: string;
}

/** Decides for one place of the configuration who may do what. */
export interface Authorizer {
  /** Keys of the places that it decides for: other workers find it by these. */
  readonly places: readonly string[];
  /** @param action Such as `mcp:tools/call`. */
  decide(x: Exchange, action: string, resource: Resource): Answer;
  /** The same about each of many things, in their order; what the answers have in common is looked at once. */
  decideAll(x: Exchange, action: string, resources: readonly Resource[]): readonly Answer[];
}
