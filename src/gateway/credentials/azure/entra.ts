import { readFile } from 'node:fs/promises';
import { wallMs } from '../../../base/clock.ts';
import type { BearerToken } from '../bearer.ts';
import type { Issue, Issued } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';
import { numberMember, requestToken, textMember } from '../token-request.ts';

/** What tokens are good for: Azure OpenAI and the other AI services. */
export const azureResource: string = 'https://cognitiveservices.azure.com';
export const azureScope: string = `${azureResource}/.default`;

/** Where sovereign clouds differ, and tests. */
const defaultAuthority = 'https://login.microsoftonline.com';

/** An application that proves itself by a secret. */
export interface ClientSecret {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A token for an application's secret (RFC 6749 §4.4). */
export function issueForSecret(client: ClientSecret, ports: CredentialPorts): Issue<BearerToken> {
  return (signal) => clientCredentials(client, { client_secret: client.clientSecret }, ports, signal);
}

/** What the webhook of Azure Workload Identity puts into a pod's environment; undefined where it did not. */
export function workloadOf(
  env: CredentialPorts['env'],
): { readonly tenantId: string; readonly clientId: string; readonly file: string } | undefined {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_FEDERATED_TOKEN_FILE: file } = env;
  return tenantId && clientId && file ? { tenantId, clientId, file } : undefined;
}

/** A token for a Kubernetes service account's, which is read anew each time: the kubelet replaces it (RFC 7523 §2.2). */
export function issueForWorkload(ports: CredentialPorts): Issue<BearerToken> {
  return async (signal) => {
    const workload = workloadOf(ports.env);
    if (workload === undefined) {
      throw new Error('AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are not all set');
    }
    const proof = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: (await readFile(workload.file, 'utf8')).trim(),
    };
    return clientCredentials(workload, proof, ports, signal);
  };
}

async function clientCredentials(
  { tenantId, clientId }: { readonly tenantId: string; readonly clientId: string },
  proof: Readonly<Record<string, string>>,
  { env, fetch }: CredentialPorts,
  signal: AbortSignal,
): Promise<Issued<BearerToken>> {
  const authority = (env['AZURE_AUTHORITY_HOST'] || defaultAuthority).replace(/\/+$/, '');
  const url = `${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  const form = { grant_type: 'client_credentials', client_id: clientId, scope: azureScope, ...proof };
  const answer = await requestToken(fetch, { url, form }, signal);
  return {
    value: { token: textMember(answer, 'access_token') },
    expiresMs: wallMs() + numberMember(answer, 'expires_in') * 1000,
  };
}
