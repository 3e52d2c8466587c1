import type { BackendAuthSpec, CredentialLocation } from '../../../model/policy.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import { awsSigner } from '../../credentials/aws/aws-signer.ts';
import { issueAzureToken } from '../../credentials/azure/azure-token.ts';
import { bearerSigner, type BearerToken } from '../../credentials/bearer.ts';
import { issueCopilotToken } from '../../credentials/copilot/copilot-token.ts';
import type { CredentialStore, TokenHandle } from '../../credentials/credential-store.ts';
import { issueGoogleToken } from '../../credentials/google/google-token.ts';
import type { RequestSigner } from '../../upstream/upstream.ts';
import { keyStep } from './key-step.ts';

/** How an upstream's credential gets into a request: a step where it is fixed, a signer where it has to be fetched. */
export interface CompiledAuth {
  readonly step: ((head: RequestHead) => void) | null;
  readonly signer: RequestSigner | null;
  /** Gives back what it holds of the store. */
  release(): void;
}

const bearer: CredentialLocation = { kind: 'header', name: 'authorization', prefix: 'Bearer ' };

const none: CompiledAuth = { step: null, signer: null, release: () => undefined };

/**
 * Compiles the credential of an upstream; `passthrough` leaves the client's own where it is.
 *
 * @param host Of the upstream: AWS's region and the audience of Google's identity tokens follow from it.
 */
export function compileBackendAuth(spec: BackendAuthSpec, host: string, store: CredentialStore): CompiledAuth {
  switch (spec.kind) {
    case 'passthrough':
      return none;
    case 'key':
      return { ...none, step: keyStep(spec.value, spec.location ?? bearer) };
    case 'aws': {
      const { signer, handles } = awsSigner(spec, host, store);
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
  }
}

function fetched(handle: TokenHandle<BearerToken>): CompiledAuth {
  return { step: null, signer: bearerSigner(handle.token), release: () => handle.release() };
}
