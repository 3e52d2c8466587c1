import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { AwsAuthSpec } from '../../../model/policy.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import type { Caller } from '../../upstream/caller.ts';
import type { RequestSigner } from '../../upstream/upstream.ts';
import type { CachedToken } from '../cached-token.ts';
import type { CredentialStore, TokenHandle } from '../credential-store.ts';
import { issueRoleKeys } from './assume-role.ts';
import { issueChainKeys } from './key-chain.ts';
import type { AwsKeys } from './keys.ts';
import { awsRegion } from './region.ts';
import { fixedRole, isComputed, RoleSessions } from './role-keys.ts';
import { SigV4 } from './sigv4.ts';

const nothing = new Uint8Array();

/**
 * Signs requests to `host` as AWS wants it. Without a region each request fails, and says so.
 *
 * @returns the signer, and what to give back when it is no longer used.
 */
export function awsSigner(
  spec: AwsAuthSpec,
  host: string,
  store: CredentialStore,
  expressions: Expressions,
): { readonly signer: RequestSigner; readonly handles: readonly TokenHandle<AwsKeys>[] } {
  const region = awsRegion(spec.region, host, store.ports.env);
  if (region === undefined) return { signer: withoutRegion(host), handles: [] };
  const { keys, assumeRole } = spec;
  if (keys !== undefined) return { signer: signer(region, spec.serviceName, () => keys), handles: [] };
  const chain = store.acquire('AWS credentials', { region }, [], () => issueChainKeys(region));
  if (assumeRole === undefined) return { signer: tokenSigner(region, spec, chain.token), handles: [chain] };
  if (isComputed(assumeRole)) {
    const sessions = new RoleSessions(assumeRole, region, chain.token, store.ports, expressions);
    return { signer: signer(region, spec.serviceName, (caller) => sessions.get(caller)), handles: [chain] };
  }
  const role = store.acquire('AWS role credentials', { region, assumeRole }, [], () =>
    issueRoleKeys(fixedRole(assumeRole), region, chain.token, store.ports),
  );
  return { signer: tokenSigner(region, spec, role.token), handles: [role, chain] };
}

function tokenSigner(region: string, spec: AwsAuthSpec, source: CachedToken<AwsKeys>): RequestSigner {
  return signer(region, spec.serviceName, () => source.get());
}

function signer(
  region: string,
  service: string,
  current: (caller: Caller | null) => AwsKeys | Promise<AwsKeys>,
): RequestSigner {
  const v4 = new SigV4(region, service);
  const put = (head: RequestHead, body: Uint8Array | null, keys: AwsKeys): void =>
    v4.sign(head, body ?? nothing, keys, wallMs());
  return {
    coversBody: true,
    sign(head, body, caller) {
      const keys = current(caller);
      if (keys instanceof Promise) return keys.then((fetched) => put(head, body, fetched));
      return put(head, body, keys);
    },
  };
}

function withoutRegion(host: string): RequestSigner {
  return {
    coversBody: false,
    sign() {
      throw new GatewayError(
        'credentialsFailed',
        `there is no AWS region to sign for ${host}: set region or AWS_REGION`,
      );
    },
  };
}
