import type { GoogleCredential } from './google-client.ts';

/** A service account whose tokens another credential may take. */
export interface Impersonation {
  readonly source: GoogleCredential;
  readonly accessTokenUrl: string;
  readonly idTokenUrl: string;
  readonly delegates: readonly string[];
}

/**
 * Reads a credential of type `impersonated_service_account`, as `gcloud auth application-default login` writes it with
 * `--impersonate-service-account`; undefined for every other type. Throws a readable Error.
 * https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts
 */
export function impersonationOf(credential: GoogleCredential): Impersonation | undefined {
  if (credential.type !== 'impersonated_service_account') return undefined;
  const { source_credentials: source, service_account_impersonation_url: url, delegates } = credential;
  if (typeof url !== 'string' || !url.endsWith(':generateAccessToken')) {
    throw new Error('the Google credential has no service_account_impersonation_url for access tokens');
  }
  if (typeof source !== 'object' || source === null) {
    throw new Error('the Google credential has no source_credentials');
  }
  return {
    source: source as GoogleCredential,
    accessTokenUrl: url,
    idTokenUrl: url.replace(/:generateAccessToken$/, ':generateIdToken'),
    delegates: Array.isArray(delegates) ? delegates.map(String) : [],
  };
}
