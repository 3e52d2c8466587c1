import type { AuthClient, BaseExternalAccountClient, IdTokenClient, OAuth2ClientOptions } from 'google-auth-library';
import type * as library from './library.ts';

/** Google's library, which is loaded when a token is first needed. */
export type GoogleLibrary = typeof library;

/** Text members of a credential file that are read here; the rest is the library's. */
export type GoogleCredential = Readonly<Record<string, unknown>> & { readonly type?: unknown };

/** A client that can mint identity tokens. */
export type IdTokenProvider = ConstructorParameters<typeof IdTokenClient>[0]['idTokenProvider'];

/**
 * The library's client for a credential. Each kind is made by its own constructor, because what chooses among them
 * writes warnings about untrusted files to the console; this file is the operator's own. Throws a readable Error.
 *
 * @param audience Where the kind wants one for access tokens (Google Distributed Cloud).
 */
export function googleClient(
  library: GoogleLibrary,
  credential: GoogleCredential,
  scopes: string[],
  audience: string,
  options: OAuth2ClientOptions,
): AuthClient {
  const text = (name: string): string => {
    const value = credential[name];
    if (typeof value !== 'string' || value === '') throw new Error(`the Google credential has no ${name}`);
    return value;
  };
  switch (credential.type) {
    case 'service_account':
      return new library.JWT({
        ...options,
        email: text('client_email'),
        key: text('private_key'),
        keyId: text('private_key_id'),
        scopes,
      });
    case 'authorized_user': {
      const project = credential['quota_project_id'];
      return new library.UserRefreshClient({
        ...options,
        clientId: text('client_id'),
        clientSecret: text('client_secret'),
        refreshToken: text('refresh_token'),
        ...(typeof project === 'string' ? { quotaProjectId: project } : {}),
      });
    }
    case 'external_account': {
      const client = externalClient(library, { ...credential, ...options });
      client.scopes = scopes;
      return client;
    }
    case 'external_account_authorized_user':
      return new library.ExternalAccountAuthorizedUserClient({
        ...credential,
        ...options,
      } as ConstructorParameters<GoogleLibrary['ExternalAccountAuthorizedUserClient']>[0]);
    case 'gdch_service_account': {
      const client = new library.GdchClient(options);
      client.fromJSON(credential as unknown as Parameters<typeof client.fromJSON>[0]);
      return client.createWithGdchAudience(audience);
    }
    default:
      throw new Error(`a Google credential of type ${JSON.stringify(credential.type)} is not known`);
  }
}

/** A workload identity: what `credential_source` holds says whose it is (google.aip.dev/auth/4117). */
function externalClient(
  { AwsClient, IdentityPoolClient, PluggableAuthClient }: GoogleLibrary,
  options: object,
): BaseExternalAccountClient {
  const source: object = 'credential_source' in options ? (options.credential_source as object) : {};
  if ('environment_id' in source) return new AwsClient(options as ConstructorParameters<typeof AwsClient>[0]);
  if ('executable' in source) {
    return new PluggableAuthClient(options as ConstructorParameters<typeof PluggableAuthClient>[0]);
  }
  return new IdentityPoolClient(options as ConstructorParameters<typeof IdentityPoolClient>[0]);
}

/** True for clients that mint identity tokens: those of service accounts, machines and users. */
export function mintsIdTokens(client: AuthClient): client is AuthClient & IdTokenProvider {
  return 'fetchIdToken' in client;
}
