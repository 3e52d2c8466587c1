import { CatalogueCache, type CatalogueSettings } from '../lists/catalogue.ts';
import type { FederationSettings } from '../federation.ts';
import type { Forwarding } from './forwarding.ts';
import { TargetEra } from '../upstream/target-era.ts';

/** Scopes that are remembered. */
const MAX_SCOPES = 1000;

/**
 * Who shares what is known of targets. Where targets see fields of their clients, a list that one client got is none of
 * another's.
 */
export class Scopes {
  readonly #shared: FederationSettings;
  readonly #catalogues: CatalogueSettings;
  readonly #byKey = new Map<string, FederationSettings>();

  constructor(shared: FederationSettings, catalogues: CatalogueSettings) {
    this.#shared = shared;
    this.#catalogues = catalogues;
  }

  get forwarding(): Forwarding {
    return this.#shared.forwarding;
  }

  /** For one session, whose client may change its fields. */
  session(): FederationSettings {
    return this.#shared.forwarding.any ? this.#apart() : this.#shared;
  }

  /** For clients that targets cannot tell apart. @param key See `Forwarding.key`. */
  of(key: string): FederationSettings {
    if (key === '') return this.#shared;
    let scope = this.#byKey.get(key);
    this.#byKey.delete(key);
    scope ??= this.#apart();
    this.#byKey.set(key, scope);
    for (const [oldest] of this.#byKey) {
      if (this.#byKey.size <= MAX_SCOPES) break;
      this.#byKey.delete(oldest);
    }
    return scope;
  }

  #apart(): FederationSettings {
    const eras = this.#shared.targets.map(() => new TargetEra());
    return { ...this.#shared, eras, cache: new CatalogueCache(this.#catalogues) };
  }
}
