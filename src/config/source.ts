import type { Model } from '../model/model.ts';

/** Where a configuration comes from. */
export type ConfigSource =
  | { readonly kind: 'file'; readonly path: string }
  /** Text that cannot change while the process runs: standard input, `-c`, the embedded defaults. */
  | { readonly kind: 'text'; readonly name: string; readonly text: string };

/** What loading a configuration yields. */
export type LoadedModel =
  | {
      readonly ok: true;
      readonly model: Model;
      /** Absolute paths of everything that was read: the file itself and all that it references. */
      readonly files: readonly string[];
      /** One line each, for the log. */
      readonly warnings: readonly string[];
    }
  | {
      readonly ok: false;
      /** Every error with file, line and column, ready to print. */
      readonly errors: string;
      /** What to watch so that the fix is seen; absent: unknown. */
      readonly files?: readonly string[];
    };

/** Reads, checks and translates a configuration. Rejects only on a fault of the gateway itself. */
export type LoadModel = (source: ConfigSource) => Promise<LoadedModel>;

/** How messages name a source. */
export function sourceName(source: ConfigSource): string {
  return source.kind === 'file' ? source.path : source.name;
}
