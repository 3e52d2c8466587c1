import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { WebFetch } from '../../../base/web-fetch.ts';
import type { OidcSpec } from '../../../model/policies/oidc.ts';
import { CachedToken, type Issued } from '../../credentials/cached-token.ts';
import { compileClientAuthentication } from '../../credentials/oauth/client-authentication.ts';
import { postTo, type TokenEndpoint } from '../../credentials/oauth/token-endpoint.ts';
import { limitedText } from '../../credentials/token-request.ts';
import { fixedKeys, type KeySource } from '../../tokens/key-source.ts';
import { KeySet } from '../../tokens/key-set.ts';
import { TokenVerifier } from '../../tokens/verifier.ts';
import { explicitMetadata, isExplicit, readMetadata, wellKnown, type ProviderMetadata } from './metadata.ts';

/** What {@link Provider} needs of its worker. */
export interface ProviderPorts {
  readonly log: Logger;
  readonly fetch: WebFetch;
  /** Keys behind a URL. */
  keys(url: string): KeySource;
  readonly now?: () => number;
}

/** A provider, ready to be asked. */
export interface ReadyProvider extends ProviderMetadata {
  readonly verifier: TokenVerifier;
  readonly token: TokenEndpoint;
}

/** The document is asked for again after this time; until the second one the old one serves while that fails. */
const refreshMs = 3_600_000;
const staleMs = 24 * 3_600_000;

/** How far the provider's clock may differ. */
const leewayMs = 60_000;

/**
 * An OpenID provider: its metadata, fetched when the first browser signs in and kept fresh, and its keys. A configuration
 * that names all endpoints and keys asks for nothing.
 */
export class Provider {
  readonly #spec: OidcSpec;
  readonly #ports: ProviderPorts;
  readonly #metadata: CachedToken<ReadyProvider> | null;
  #ready: ReadyProvider | null;
  #keys: { readonly url: string; readonly source: KeySource } | null;

  /** @throws Error where a document of the configuration is wrong. */
  constructor(spec: OidcSpec, ports: ProviderPorts) {
    this.#spec = spec;
    this.#ports = ports;
    this.#keys = null;
    this.#ready = null;
    this.#metadata = null;
    if (isExplicit(spec)) this.#ready = this.#readied(explicitMetadata(spec));
    else if (spec.discovery?.kind === 'text') this.#ready = this.#readied(readMetadata(spec.discovery.text, spec));
    else {
      const url = spec.discovery?.url ?? wellKnown(spec.issuer);
      this.#metadata = new CachedToken((signal) => this.#discover(url, signal), {
        name: `Metadata of ${spec.issuer}`,
        log: ports.log,
        now: ports.now ?? wallMs,
      });
    }
  }

  /** The provider, at once while it is known. Throws or rejects with `authenticationUnavailable`. */
  get(): ReadyProvider | Promise<ReadyProvider> {
    if (this.#metadata === null) {
      if (this.#ready === null) throw new GatewayError('internal');
      return this.#ready;
    }
    try {
      const found = this.#metadata.get();
      return found instanceof Promise ? found.catch(unavailable) : found;
    } catch (error) {
      return unavailable(error);
    }
  }

  /** Stops what is under way. */
  close(): void {
    this.#metadata?.close();
  }

  async #discover(url: string, signal: AbortSignal): Promise<Issued<ReadyProvider>> {
    const response = await this.#ports.fetch(url, {
      headers: { accept: 'application/json' },
      // A redirect could lead to anybody's endpoints.
      redirect: 'manual',
      signal,
    });
    const text = await limitedText(response);
    if (response.status !== 200) throw new Error(`${new URL(url).host} answered ${response.status}`);
    const now = (this.#ports.now ?? wallMs)();
    return {
      value: this.#readied(readMetadata(text, this.#spec)),
      expiresMs: now + staleMs,
      refreshMs: now + refreshMs,
    };
  }

  #readied(metadata: ProviderMetadata): ReadyProvider {
    const { issuer, clientId, clientSecret } = this.#spec;
    const rules = { issuer, audiences: [clientId], requiredClaims: ['sub', 'iat', 'exp'], leewayMs };
    const issuers = [{ rules, keys: this.#keySource(metadata.jwksUri) }];
    const client = { kind: 'secret', clientId, clientSecret, method: metadata.secretMethod } as const;
    return {
      ...metadata,
      verifier: new TokenVerifier(issuers, this.#ports.now ?? wallMs),
      token: {
        host: new URL(metadata.tokenEndpoint).host,
        post: postTo(metadata.tokenEndpoint, this.#ports.fetch),
        authenticate: compileClientAuthentication(client),
      },
    };
  }

  #keySource(url: string | null): KeySource {
    const { jwks } = this.#spec;
    if (jwks?.kind === 'text') return fixedKeys(new KeySet(jwks.text));
    if (url === null) throw new GatewayError('internal');
    if (this.#keys?.url !== url) this.#keys = { url, source: this.#ports.keys(url) };
    return this.#keys.source;
  }
}

function unavailable(cause: unknown): never {
  throw new GatewayError('authenticationUnavailable', 'the identity provider cannot be asked at the moment', {
    cause,
    retryAfter: 1,
  });
}
