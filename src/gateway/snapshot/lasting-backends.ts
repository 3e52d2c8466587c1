import { createHash } from 'node:crypto';
import type { Backend } from '../../model/backend.ts';
import type { Model } from '../../model/model.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import { wrapped } from '../backends/wrapped.ts';
import type { BackendRegistry } from './backend-registry.ts';
import type { UpstreamScope } from './compile-upstream.ts';

/** The backends of one model that have state of their own: they live on over reloads while their configuration stays the same. */
export class LastingBackends {
  readonly #model: Model;
  readonly #registry: BackendRegistry;
  readonly #newScope: () => UpstreamScope;
  readonly #uses: { readonly key: string; readonly fingerprint: string }[] = [];

  /** @param newScope What a backend opens lives as long as it, not as its model. */
  constructor(model: Model, registry: BackendRegistry, newScope: () => UpstreamScope) {
    this.#model = model;
    this.#registry = registry;
    this.#newScope = newScope;
  }

  /** The one that lives, or a new one of `create`, which opens upstreams in scopes that close with the backend. */
  acquire(
    key: string,
    backend: Backend,
    levels: readonly BackendPolicySpecs[],
    create: (scope: () => UpstreamScope) => CompiledBackend,
  ): CompiledBackend {
    const { upstream, customFunctions } = this.#model.process;
    const helpers = namedIn([backend, levels]).map((name) => this.#model.backends.get(name));
    const fingerprint = fingerprintOf([backend, levels, helpers, upstream, customFunctions]);
    const compiled = this.#registry.acquire(key, fingerprint, () => {
      const scopes: UpstreamScope[] = [];
      const inner = create(() => {
        const scope = this.#newScope();
        scopes.push(scope);
        return scope;
      });
      return wrapped(inner, {
        close() {
          inner.close();
          for (const scope of scopes) scope.close();
        },
      });
    });
    this.#uses.push({ key, fingerprint });
    return compiled;
  }

  /** The model is no longer in use: backends that no other uses end. */
  close(): void {
    for (const { key, fingerprint } of this.#uses.splice(0)) this.#registry.release(key, fingerprint);
  }
}

/** The names of backends that a part of the model refers to. */
function namedIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('kind' in value && value.kind === 'named' && 'name' in value) return [String(value.name)];
  const parts: Iterable<unknown> = value instanceof Map ? value.values() : Object.values(value);
  return [...parts].flatMap(namedIn);
}

/** Equal for equal configuration. Hashed, because it holds secrets and lives long. */
export function fingerprintOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => (part instanceof Map ? [...part] : part));
  return createHash('sha256').update(text).digest('base64url');
}
