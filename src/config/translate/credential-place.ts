import type { CredentialLocation } from '../../model/policy.ts';
import type { CredentialLocation as LocationConfig } from '../schema/common.ts';
import { report, type Context, type Path } from './context.ts';

/** Where a credential is to be put; undefined where nothing can be put there, which is reported. */
export function putPlace(context: Context, path: Path, config: LocationConfig): CredentialLocation | undefined {
  if (config.header !== undefined) {
    return { kind: 'header', name: config.header.name.toLowerCase(), prefix: config.header.prefix ?? '' };
  }
  if (config.queryParameter !== undefined) return { kind: 'query', name: config.queryParameter.name };
  if (config.cookie !== undefined) return { kind: 'cookie', name: config.cookie.name };
  report(context, [...path, 'expression'], 'an expression can find a credential, but not say where to put one');
  return undefined;
}

/** `location` of a credential, where the file has one. */
export function locationField(
  context: Context,
  path: Path,
  config: LocationConfig | undefined,
): { location?: CredentialLocation } {
  const location = config === undefined ? undefined : putPlace(context, path, config);
  return location === undefined ? {} : { location };
}
