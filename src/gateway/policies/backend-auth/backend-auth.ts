import type { HelperTarget } from '../../../model/policies/helper.ts';
import type { BackendAuthSpec, MainAuthSpec } from '../../../model/policy.ts';
import type { TokenEndpointSpec } from '../../../model/policies/backend-auth.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import type { SharedArea } from '../../../telemetry/shared/keyed-table.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import { awsSigner } from '../../credentials/aws/aws-signer.ts';
import { issueAzureToken } from '../../credentials/azure/azure-token.ts';
import { bearerSigner, type BearerToken } from '../../credentials/bearer.ts';
import { issueCopilotToken } from '../../credentials/copilot/copilot-token.ts';
import type { CredentialStore, TokenHandle } from '../../credentials/credential-store.ts';
import { crossAppSigner, tokenExchangeSigner } from '../../credentials/exchange/exchange-signer.ts';
import { SharedTokens } from '../../credentials/exchange/shared-tokens.ts';
import { TokenCache } from '../../credentials/exchange/token-cache.ts';
import { issueGoogleToken } from '../../credentials/google/google-token.ts';
import { anonymousClient, compileClientAuthentication } from '../../credentials/oauth/client-authentication.ts';
import { jwtSigner } from '../../credentials/oauth/signed-token.ts';
import { postBy, type TokenEndpoint } from '../../credentials/oauth/token-endpoint.ts';
import { bearer, compilePut, credentialAt } from '../../credentials/place.ts';
import { createCall } from '../../upstream/call.ts';
import type { Caller } from '../../upstream/caller.ts';
import type { RequestSigner, Upstream } from '../../upstream/upstream.ts';
import { isBearerPlace } from './client-credentials.ts';

/** Changes a request that is about to be sent. */
type HeadStep = (head: RequestHead, caller: Caller | null) => void;

/** How an upstream's credential gets into a request: a step where it is fixed, a signer where it has to be fetched. */
export interface CompiledAuth {
  readonly step: HeadStep | null;
  readonly signer: RequestSigner | null;
  /** Gives back what it holds of the store. */
  release(): void;
}

/** What credentials are compiled with. */
export interface AuthPorts {
  readonly store: CredentialStore;
  readonly expressions: Expressions;
  /** The memory for tokens that workers have in common. */
  tokens(): SharedArea;
  /** A service that helps, such as a token endpoint. */
  helper(target: HelperTarget): Upstream;
}

const none: CompiledAuth = { step: null, signer: null, release: () => undefined };

/**
 * Compiles the credential of an upstream; `passthrough` leaves the client's own where it is, or puts the token there that
 * authentication took out. In the place of bearer tokens that one comes before whatever else a client has put there, which
 * nobody has checked.
 *
 * @param host Of the upstream: AWS's region and the audience of Google's identity tokens follow from it.
 */
export function compileBackendAuth(spec: BackendAuthSpec, host: string, ports: AuthPorts): CompiledAuth {
  const main = compileMain(spec, host, ports);
  const { extra = [] } = spec;
  if (extra.length === 0) return main;
  const steps = extra.map(({ secret, location }): HeadStep => {
    const put = compilePut(location);
    return (head) => put(head, secret);
  });
  return {
    ...main,
    step(head, caller) {
      main.step?.(head, caller);
      for (const step of steps) step(head, caller);
    },
  };
}

function compileMain(spec: MainAuthSpec, host: string, ports: AuthPorts): CompiledAuth {
  const { store, expressions } = ports;
  switch (spec.kind) {
    case 'keys':
      return none;
    case 'passthrough': {
      const location = spec.location ?? bearer;
      const put = compilePut(location);
      const always = isBearerPlace(location);
      return {
        ...none,
        step(head, caller) {
          const credential = caller?.credential ?? null;
          if (credential !== null && (always || credentialAt(head, location) === null)) put(head, credential);
        },
      };
    }
    case 'key': {
      const put = compilePut(spec.location ?? bearer);
      return { ...none, step: (head) => put(head, spec.value) };
    }
    case 'aws': {
      const { signer, handles } = awsSigner(spec, host, store, expressions);
      return {
        step: null,
        signer,
        release: () => {
          for (const handle of handles) handle.release();
        },
      };
    }
    case 'gcp': {
      const audience = spec.audience ?? `https://${host}`;
      const shared = spec.type === 'idToken' ? { ...spec, audience } : spec;
      return fetched(
        store.acquire('Google credentials', shared, [], () => issueGoogleToken(spec, audience, store.ports)),
      );
    }
    case 'azure': {
      const { from } = spec;
      const secrets = from.kind === 'clientSecret' ? [from.clientSecret] : [];
      return fetched(store.acquire('Azure credentials', from, secrets, () => issueAzureToken(from, store.ports)));
    }
    case 'copilot':
      return fetched(store.acquire('Copilot credentials', null, [], () => issueCopilotToken(store.ports)));
    case 'jwtSign':
      return { ...none, signer: jwtSigner(spec) };
    case 'tokenExchange':
    case 'crossAppAccess': {
      const name = spec.kind === 'tokenExchange' ? 'The exchanged token' : 'The token of the other domain';
      const cache = store.share(name, spec, (id) => {
        const area = ports.tokens();
        const shared = area.workers > 1 ? new SharedTokens(area, id) : null;
        return new TokenCache({ ...spec.cache, name, log: store.ports.log, shared });
      });
      const exchangePorts = {
        expressions,
        cache: cache.value,
        endpoint: (endpoint: TokenEndpointSpec) => tokenEndpoint(endpoint, ports),
      };
      return {
        step: null,
        signer:
          spec.kind === 'tokenExchange'
            ? tokenExchangeSigner(spec, exchangePorts)
            : crossAppSigner(spec, exchangePorts),
        release: () => cache.release(),
      };
    }
  }
}

function tokenEndpoint({ target, path, client }: TokenEndpointSpec, ports: AuthPorts): TokenEndpoint {
  const upstream = ports.helper(target);
  return {
    host: upstream.authority,
    post: postBy(createCall(upstream), path),
    authenticate: client === undefined ? anonymousClient : compileClientAuthentication(client),
  };
}

function fetched(handle: TokenHandle<BearerToken>): CompiledAuth {
  return { step: null, signer: bearerSigner(handle.token), release: () => handle.release() };
}
