import type { AzureIdentityId } from '../../../model/policy.ts';
import type { BearerToken } from '../bearer.ts';
import type { Issue } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';
import { numberMember, requestToken, textMember, type TokenRequest } from '../token-request.ts';
import { azureResource } from './entra.ts';

/** The metadata service of a virtual machine, which only the machine itself reaches. */
const defaultMetadataHost = 'http://169.254.169.254';

/** How each of the two services names an identity. */
const identityParameters = {
  clientId: { machine: 'client_id', service: 'client_id' },
  objectId: { machine: 'object_id', service: 'principal_id' },
  resourceId: { machine: 'msi_res_id', service: 'mi_res_id' },
} as const;

/**
 * A token of the machine's identity, or of a user-assigned one.
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export function issueForMachine(
  identity: AzureIdentityId | undefined,
  { env, fetch }: CredentialPorts,
): Issue<BearerToken> {
  const request = machineRequest(identity, env);
  return async (signal) => {
    const answer = await requestToken(fetch, request, signal);
    return {
      value: { token: textMember(answer, 'access_token') },
      expiresMs: numberMember(answer, 'expires_on') * 1000,
    };
  };
}

function machineRequest(identity: AzureIdentityId | undefined, env: CredentialPorts['env']): TokenRequest {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: secret } = env;
  const onService = endpoint && secret ? { endpoint, secret } : undefined;
  const query = new URLSearchParams({
    resource: azureResource,
    'api-version': onService === undefined ? '2018-02-01' : '2019-08-01',
  });
  if (identity !== undefined) {
    const names = identityParameters[identity.by];
    query.set(onService === undefined ? names.machine : names.service, identity.id);
  }
  if (onService !== undefined) {
    return { url: `${onService.endpoint}?${query.toString()}`, headers: { 'x-identity-header': onService.secret } };
  }
  const host = (env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] || defaultMetadataHost).replace(/\/+$/, '');
  return { url: `${host}/metadata/identity/oauth2/token?${query.toString()}`, headers: { metadata: 'true' } };
}
