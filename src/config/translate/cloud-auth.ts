import type { AwsAuthSpec, AzureAuthSpec, AzureTokenOrigin, GcpAuthSpec } from '../../model/policy.ts';
import type { AwsAuth, AzureAuth, GcpAuth } from '../schema/credentials.ts';
import { report, type Context, type Path } from './context.ts';
import { expression } from './expressions.ts';

/** What is signed for where the file names nothing (agentgateway §2.9). */
const defaultAwsService = 'bedrock';

/** AWS signatures, with the file's keys or the environment's. */
export function awsAuth(context: Context, path: Path, config: AwsAuth): AwsAuthSpec {
  const shared = {
    kind: 'aws',
    serviceName: config.serviceName ?? defaultAwsService,
    ...(config.region === undefined ? {} : { region: config.region }),
  } as const;
  if ('accessKeyId' in config) {
    const { accessKeyId, secretAccessKey, sessionToken } = config;
    return {
      ...shared,
      keys: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    };
  }
  const role = config.assumeRole;
  if (role === undefined) return shared;
  const at: Path = [...path, 'assumeRole'];
  const { sessionName } = role;
  const tags = role.tags.map(({ key, value, expression: source }, index) => {
    const place: Path = [...at, 'tags', index];
    if (source === undefined) {
      if (value === undefined) report(context, place, `the tag ${key} has no value`);
      return { key, value: value ?? '' };
    }
    if (value !== undefined) report(context, place, `the tag ${key} has a value and an expression; only one can count`);
    return { key, value: { expression: expression(context, [...place, 'expression'], source, 'request') } };
  });
  return {
    ...shared,
    assumeRole: {
      roleArn: role.roleArn,
      ...(sessionName === undefined
        ? {}
        : {
            sessionName:
              typeof sessionName === 'string'
                ? sessionName
                : {
                    expression: expression(
                      context,
                      [...at, 'sessionName', 'expression'],
                      sessionName.expression,
                      'request',
                    ),
                  },
          }),
      tags,
    },
  };
}

/** @param credential Text of the credential file, where the file has or names one. */
export function gcpAuth(context: Context, path: Path, config: GcpAuth, credential: string | undefined): GcpAuthSpec {
  if (credential !== undefined && !isCredential(credential)) {
    report(context, [...path, 'credential'], 'a Google credential is a JSON object with a type');
  }
  return {
    kind: 'gcp',
    type: config.type ?? 'accessToken',
    ...('audience' in config && config.audience !== undefined ? { audience: config.audience } : {}),
    ...(credential === undefined ? {} : { credential }),
  };
}

/** Microsoft Entra tokens. */
export function azureAuth(config: AzureAuth): AzureAuthSpec {
  return { kind: 'azure', from: azureOrigin(config) };
}

function azureOrigin(config: AzureAuth): AzureTokenOrigin {
  if (config.implicit !== undefined) return { kind: 'implicit' };
  if (config.developerImplicit !== undefined) return { kind: 'developer' };
  const { clientSecret, managedIdentity, workloadIdentity } = config.explicitConfig;
  if (clientSecret !== undefined) {
    const { tenant_id, client_id, client_secret } = clientSecret;
    return { kind: 'clientSecret', tenantId: tenant_id, clientId: client_id, clientSecret: client_secret };
  }
  if (workloadIdentity !== undefined) return { kind: 'workloadIdentity' };
  const identity = managedIdentity.userAssignedIdentity;
  if (identity === undefined) return { kind: 'managedIdentity' };
  if (identity.clientId !== undefined) return machine('clientId', identity.clientId);
  if (identity.objectId !== undefined) return machine('objectId', identity.objectId);
  return machine('resourceId', identity.resourceId);
}

function machine(by: 'clientId' | 'objectId' | 'resourceId', id: string): AzureTokenOrigin {
  return { kind: 'managedIdentity', identity: { by, id } };
}

function isCredential(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'type' in value;
  } catch {
    return false; // the caller says so
  }
}
