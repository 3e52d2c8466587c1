import { GatewayError } from '../../base/errors.ts';
import type { AuthMode, AuthenticationSpec } from '../../model/policies/authentication.ts';
import type { Exchange } from '../exchange.ts';
import type { Policy, PolicyContext, Verdict } from '../policies/policy.ts';
import { ProvedFacts } from './facts.ts';
import { compilePlace, twice, type CredentialPlace } from './credential-place.ts';

/** One way to prove who one is. `T` is what a good credential stands for. */
export interface Scheme<T extends object> {
  /** What expressions call who was proved. */
  readonly root: 'jwt' | 'apiKey' | 'basicAuth';
  /** What a credential stands for, or in words for its sender why it is not good. Throws where that cannot be known. */
  check(credential: string, x: Exchange): T | string | Promise<T | string>;
  /** Makes known who the client is. */
  accept(x: Exchange, proved: T, credential: string): void;
  /** The error for a request without a good credential; null: it has none at all. */
  refuse(problem: string | null, x: Exchange): GatewayError;
}

/** Clients prove who they are: looks for the credential, checks it, takes it out of the request. */
export function authentication<T extends object>(
  kind: string,
  { mode, sources }: AuthenticationSpec,
  { expressions }: Pick<PolicyContext, 'expressions'>,
  scheme: Scheme<T>,
): Policy {
  const places = sources.map((source) => compilePlace(source, expressions));
  const run = new Authentication(mode, places, scheme);
  return {
    kind,
    request: function authenticate(x) {
      return run.from(x, 0, null);
    },
    response: null,
  };
}

const severalProblem = 'the credential is there more than once';

class Authentication<T extends object> {
  readonly #mode: AuthMode;
  readonly #places: readonly CredentialPlace[];
  readonly #scheme: Scheme<T>;

  constructor(mode: AuthMode, places: readonly CredentialPlace[], scheme: Scheme<T>) {
    this.#mode = mode;
    this.#places = places;
    this.#scheme = scheme;
  }

  /** Tries the places from `index` on. @param problem Of the credentials so far; null: there was none. */
  from(x: Exchange, index: number, problem: string | null): Verdict {
    for (let i = index; i < this.#places.length; i++) {
      const credential = this.#places[i]?.find(x) ?? this.#shown(x, i, problem);
      if (credential === null) continue;
      if (credential === twice) return this.#end(x, severalProblem);
      const result = this.#check(x, credential);
      if (result instanceof Promise) {
        return result.then((checked) => {
          if (typeof checked === 'string') return this.from(x, i + 1, checked);
          return this.#take(x, credential, checked);
        });
      }
      if (typeof result !== 'string') return this.#take(x, credential, result);
      problem = result;
    }
    return this.#end(x, problem);
  }

  /** After the last place: what the client has shown at another level, and which was taken out of the request there. */
  #shown(x: Exchange, index: number, problem: string | null): string | null {
    if (problem !== null || index < this.#places.length - 1) return null;
    const facts = x.fact(this.#scheme.root);
    return facts instanceof ProvedFacts ? facts.credential : null;
  }

  #check(x: Exchange, credential: string): T | string | Promise<T | string> {
    if (this.#mode !== 'permissive') return this.#scheme.check(credential, x);
    // Nothing keeps a request from going on here, not even that its credential cannot be checked.
    try {
      const result = this.#scheme.check(credential, x);
      return result instanceof Promise ? result.catch(unknown) : result;
    } catch (error) {
      return unknown(error);
    }
  }

  #take(x: Exchange, credential: string, proved: T): undefined {
    // A client may send the same credential in several places.
    for (const place of this.#places) if (place.find(x) === credential) place.remove(x);
    this.#scheme.accept(x, proved, credential);
    return undefined;
  }

  #end(x: Exchange, problem: string | null): undefined {
    if (this.#mode === 'permissive' || (this.#mode === 'optional' && problem === null)) return undefined;
    throw this.#scheme.refuse(problem, x);
  }
}

function unknown(error: unknown): string {
  if (error instanceof GatewayError) return error.message;
  throw error;
}
