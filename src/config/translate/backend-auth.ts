import type { ExtraKeySpec } from '../../model/policies/backend-auth.ts';
import type { BackendAuthSpec, BackendPolicySpecs, MainAuthSpec } from '../../model/policy.ts';
import type { BackendAuth, HelperPolicies } from '../schema/connect.ts';
import type { BackendCredential, BackendKey } from '../schema/credentials.ts';
import { awsAuth, azureAuth, gcpAuth } from './cloud-auth.ts';
import type { Context, Path } from './context.ts';
import { locationField, putPlace } from './credential-place.ts';
import { jwtSign } from './jwt-sign.ts';
import { secret } from './secret.ts';
import { crossApp, tokenExchange } from './token-exchange.ts';

/** Translates the policies of requests to a token endpoint. */
export type PoliciesOf = (path: Path, config: HelperPolicies) => BackendPolicySpecs;

/** Credentials for a backend; undefined where something is wrong with them, which is reported. */
export function backendAuthWith(
  context: Context,
  path: Path,
  config: BackendAuth,
  policiesOf: PoliciesOf,
): BackendAuthSpec | undefined {
  if (config === 'copilot') return { kind: 'copilot' };
  const extra = extraKeys(context, [...path, 'credentials'], config.credentials ?? []);
  const main = mainAuth(context, path, config, policiesOf);
  if (main === undefined) return undefined;
  return extra.length === 0 ? main : { ...main, extra };
}

function mainAuth(
  context: Context,
  path: Path,
  config: Exclude<BackendAuth, 'copilot'>,
  policiesOf: PoliciesOf,
): MainAuthSpec | undefined {
  if ('passthrough' in config && config.passthrough !== undefined) {
    return {
      kind: 'passthrough',
      ...locationField(context, [...path, 'passthrough', 'location'], config.passthrough.location),
    };
  }
  if ('aws' in config && config.aws !== undefined) return awsAuth(context, [...path, 'aws'], config.aws);
  if ('azure' in config && config.azure !== undefined) return azureAuth(config.azure);
  if ('gcp' in config && config.gcp !== undefined) {
    const at: Path = [...path, 'gcp'];
    const { credential } = config.gcp;
    const text = credential === undefined ? undefined : secret(context, [...at, 'credential'], credential);
    return gcpAuth(context, at, config.gcp, text);
  }
  if ('key' in config && config.key !== undefined) return fixedKey(context, [...path, 'key'], config.key);
  if ('jwtSign' in config && config.jwtSign !== undefined) {
    return jwtSign(context, [...path, 'jwtSign'], config.jwtSign);
  }
  if ('oauthTokenExchange' in config && config.oauthTokenExchange !== undefined) {
    return tokenExchange(context, [...path, 'oauthTokenExchange'], config.oauthTokenExchange, policiesOf);
  }
  if ('crossAppAccess' in config && config.crossAppAccess !== undefined) {
    return crossApp(context, [...path, 'crossAppAccess'], config.crossAppAccess, policiesOf);
  }
  return { kind: 'keys' };
}

function fixedKey(context: Context, path: Path, config: BackendKey): MainAuthSpec | undefined {
  const located = typeof config === 'object' && 'value' in config;
  const value = secret(context, located ? [...path, 'value'] : path, located ? config.value : config);
  if (value === undefined) return undefined;
  return { kind: 'key', value, ...(located ? locationField(context, [...path, 'location'], config.location) : {}) };
}

function extraKeys(context: Context, path: Path, config: readonly BackendCredential[]): readonly ExtraKeySpec[] {
  return config.flatMap(({ key, location }, index) => {
    const text = secret(context, [...path, index, 'key'], key);
    const place = putPlace(context, [...path, index, 'location'], location);
    return text === undefined || place === undefined ? [] : [{ secret: text, location: place }];
  });
}
