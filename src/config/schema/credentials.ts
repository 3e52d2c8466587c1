/** Credentials for backends: keys, clouds, signed tokens. */

import { credentialLocation, secretOrFile, type CredentialLocation, type SecretOrFile } from './common.ts';
import { listOf, literals } from './kit/collection.ts';
import { required, optional, defaulted, defaultedOrNull } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, secretText, cel, duration, anyObject, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { emptyObject, type EmptyObject } from './tls.ts';

/** A static key: alone, or with the place to put it. */
export type BackendKey = SecretOrFile | LocatedKey;

/** A key and its place. */
export interface BackendCredential {
  readonly location: CredentialLocation;
  readonly key: SecretOrFile;
}

export const backendCredential: Schema<BackendCredential> = object<BackendCredential>(
  'BackendCredential',
  'A key and its place.',
  {
    location: required(credentialLocation, 'Where to put the key.'),
    key: required(secretOrFile, 'The key.'),
  },
);

/** Only additional keys. */
export interface ExtraCredentials {
  readonly credentials: readonly BackendCredential[];
}

export const extraCredentials: Schema<ExtraCredentials> = object<ExtraCredentials>(
  'ExtraCredentials',
  'Only additional keys.',
  {
    credentials: required(listOf(backendCredential), 'Keys to send.'),
  },
  { open: true },
);

/** The client's credential, sent on. */
export interface PassthroughAuth {
  readonly location?: CredentialLocation;
}

export const passthroughAuth: Schema<PassthroughAuth> = object<PassthroughAuth>(
  'PassthroughAuth',
  "The client's credential, sent on.",
  {
    location: optional(credentialLocation, 'Where the client has it, when not in the Authorization header.'),
  },
);

/** A static key with its place. */
interface LocatedKey {
  readonly value: SecretOrFile;
  readonly location?: CredentialLocation;
}

export const locatedKey: Schema<LocatedKey> = object<LocatedKey>('LocatedKey', 'A static key with its place.', {
  value: required(secretOrFile, 'The key.'),
  location: optional(credentialLocation, 'Where to put it, when not in the Authorization header.'),
});

/** A Google identity token. */
interface GcpIdToken {
  readonly type: 'idToken';
  readonly audience?: string;
  readonly credential?: SecretOrFile;
}

const gcpIdToken: Schema<GcpIdToken> = object<GcpIdToken>('GcpIdToken', 'A Google identity token.', {
  type: required(literals('idToken'), 'Kind of token.'),
  audience: optional(text, "Audience of the token; the backend's host when absent."),
  credential: optional(secretOrFile, "Credential file contents instead of the environment's."),
});

/** A Google access token. */
interface GcpAccessToken {
  readonly type?: 'accessToken';
  readonly credential?: SecretOrFile;
}

const gcpAccessToken: Schema<GcpAccessToken> = object<GcpAccessToken>('GcpAccessToken', 'A Google access token.', {
  type: optional(literals('accessToken'), 'Kind of token.'),
  credential: optional(secretOrFile, "Credential file contents instead of the environment's."),
});

/** Google credentials: an access token (default) or an identity token. */
export type GcpAuth = GcpIdToken | GcpAccessToken;

export const gcpAuth: Schema<GcpAuth> = union(gcpAccessToken, gcpIdToken);

/** Explicit AWS keys. */
interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region?: string;
  readonly sessionToken?: string;
  readonly serviceName?: string;
}

const awsKeys: Schema<AwsKeys> = object<AwsKeys>('AwsKeys', 'Explicit AWS keys.', {
  accessKeyId: required(secretText, "The access key's id."),
  secretAccessKey: required(secretText, 'The secret key.'),
  region: optional(text, 'Region to sign for.'),
  sessionToken: optional(secretText, 'Token of a temporary session.'),
  serviceName: optional(text, 'Service to sign for.'),
});

/** A computed session name. */
interface AwsSessionExpression {
  readonly expression: CelText;
}

const awsSessionExpression: Schema<AwsSessionExpression> = object<AwsSessionExpression>(
  'AwsSessionExpression',
  'A computed session name.',
  {
    expression: required(cel, 'Computes the name from the request.'),
  },
);

/** A session tag, fixed or computed. */
interface AwsSessionTag {
  readonly key: string;
  readonly value?: string;
  readonly expression?: CelText;
}

const awsSessionTag: Schema<AwsSessionTag> = object<AwsSessionTag>(
  'AwsSessionTag',
  'A session tag, fixed or computed.',
  {
    key: required(text, 'Name of the tag.'),
    value: optional(text, 'Fixed value.'),
    expression: optional(cel, 'Computes the value from the request.'),
  },
);

/** A role to assume through STS. */
interface AwsAssumeRole {
  readonly roleArn: string;
  readonly sessionName?: string | AwsSessionExpression;
  readonly tags: readonly AwsSessionTag[];
}

const awsAssumeRole: Schema<AwsAssumeRole> = object<AwsAssumeRole>('AwsAssumeRole', 'A role to assume through STS.', {
  roleArn: required(text, 'ARN of the role.'),
  sessionName: optional(union(text, awsSessionExpression), 'Name of the session, fixed or computed.'),
  tags: defaulted(listOf(awsSessionTag), [], 'Session tags.'),
});

/** AWS credentials of the environment. */
interface AwsImplicit {
  readonly serviceName?: string;
  readonly region?: string;
  readonly assumeRole?: AwsAssumeRole;
}

const awsImplicit: Schema<AwsImplicit> = object<AwsImplicit>('AwsImplicit', 'AWS credentials of the environment.', {
  serviceName: optional(text, 'Service to sign for.'),
  region: optional(text, 'Region to sign for.'),
  assumeRole: optional(awsAssumeRole, 'Role to assume first.'),
});

/** AWS credentials: explicit keys, or those of the environment. */
export type AwsAuth = AwsKeys | AwsImplicit;

export const awsAuth: Schema<AwsAuth> = union(awsImplicit, awsKeys);

/** An application's secret. */
interface AzureClientSecret {
  readonly tenant_id: string;
  readonly client_id: string;
  readonly client_secret: string;
}

const azureClientSecret: Schema<AzureClientSecret> = object<AzureClientSecret>(
  'AzureClientSecret',
  "An application's secret.",
  {
    tenant_id: required(text, 'Tenant.'),
    client_id: required(text, 'Application.'),
    client_secret: required(secretText, 'Its secret.'),
  },
);

/** The kinds of {@link AzureUserAssignedIdentity}. */
interface AzureUserAssignedIdentityKinds {
  readonly clientId: string;
  readonly objectId: string;
  readonly resourceId: string;
}

/** A user-assigned identity. */
type AzureUserAssignedIdentity = OneOf<AzureUserAssignedIdentityKinds>;

const azureUserAssignedIdentity: Schema<AzureUserAssignedIdentity> = oneOfKeys<AzureUserAssignedIdentityKinds>(
  'AzureUserAssignedIdentity',
  'A user-assigned identity.',
  {
    clientId: required(text, 'By client id.'),
    objectId: required(text, 'By object id.'),
    resourceId: required(text, 'By resource id.'),
  },
  {},
);

/** A managed identity. */
interface AzureManagedIdentity {
  readonly userAssignedIdentity?: AzureUserAssignedIdentity;
}

const azureManagedIdentity: Schema<AzureManagedIdentity> = object<AzureManagedIdentity>(
  'AzureManagedIdentity',
  'A managed identity.',
  {
    userAssignedIdentity: optional(azureUserAssignedIdentity, "Which one, when not the system's."),
  },
);

/** The kinds of {@link AzureExplicit}. */
interface AzureExplicitKinds {
  readonly clientSecret: AzureClientSecret;
  readonly managedIdentity: AzureManagedIdentity;
  readonly workloadIdentity: EmptyObject;
}

/** Explicit Azure credentials. */
type AzureExplicit = OneOf<AzureExplicitKinds>;

const azureExplicit: Schema<AzureExplicit> = oneOfKeys<AzureExplicitKinds>(
  'AzureExplicit',
  'Explicit Azure credentials.',
  {
    clientSecret: required(azureClientSecret, "An application's secret."),
    managedIdentity: required(azureManagedIdentity, 'A managed identity.'),
    workloadIdentity: required(emptyObject, 'A workload identity.'),
  },
  {},
);

/** The kinds of {@link AzureAuth}. */
interface AzureAuthKinds {
  readonly explicitConfig: AzureExplicit;
  readonly developerImplicit: EmptyObject;
  readonly implicit: EmptyObject;
}

/** Azure credentials. */
export type AzureAuth = OneOf<AzureAuthKinds>;

export const azureAuth: Schema<AzureAuth> = oneOfKeys<AzureAuthKinds>(
  'AzureAuth',
  'Azure credentials.',
  {
    explicitConfig: required(azureExplicit, 'Credentials that the file names.'),
    developerImplicit: required(emptyObject, "Those of a developer's tools."),
    implicit: required(emptyObject, 'Those of the environment.'),
  },
  {},
);

/** Algorithms that Waygate signs with. */
export type JwtSigningAlg = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'ES256' | 'ES384';

export const jwtSigningAlg: Schema<JwtSigningAlg> = literals('RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384');

/** A JWT signed for the backend. */
export interface JwtSignAuth {
  readonly signingKey: SecretOrFile;
  readonly alg: JwtSigningAlg;
  readonly kid?: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly ttl: number;
  readonly location?: CredentialLocation;
}

export const jwtSignAuth: Schema<JwtSignAuth> = object<JwtSignAuth>('JwtSignAuth', 'A JWT signed for the backend.', {
  signingKey: required(secretOrFile, 'Private key (PEM).'),
  alg: defaulted(jwtSigningAlg, 'RS256', 'Signature algorithm.'),
  kid: optional(text, 'Key id to put in the header.'),
  claims: defaulted(anyObject, {}, 'Claims, fixed.'),
  ttl: defaultedOrNull(duration, '300s', 'Life time of a token.'),
  location: optional(credentialLocation, 'Where to put the token.'),
});
