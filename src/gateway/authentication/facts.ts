import { CelSecret } from '../../expr/cel/secret.ts';
import { CelObject } from '../../expr/cel/values.ts';

/** Known facts and the credential that proved them, which expressions see as a secret. */
export class ProvedFacts extends CelObject {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly #secretName: string | null;
  readonly #secret: string;

  /** @param secretName What the credential is called; null: expressions do not see it. */
  constructor(facts: Readonly<Record<string, unknown>>, secretName: string | null, secret: string) {
    super();
    this.facts = facts;
    this.#secretName = secretName;
    this.#secret = secret;
  }

  field(name: string): unknown {
    if (name === this.#secretName) return new CelSecret(this.#secret);
    return Object.hasOwn(this.facts, name) ? this.facts[name] : undefined;
  }

  override has(name: string): boolean {
    return name === this.#secretName || Object.hasOwn(this.facts, name);
  }

  *keys(): Iterable<string> {
    for (const name of Object.keys(this.facts)) if (name !== this.#secretName) yield name;
    if (this.#secretName !== null) yield this.#secretName;
  }

  /** What proved them. */
  get credential(): string {
    return this.#secret;
  }

  /** What another of the same is made from. */
  parts(): [facts: Readonly<Record<string, unknown>>, secretName: string | null, secret: string] {
    return [this.facts, this.#secretName, this.#secret];
  }
}
