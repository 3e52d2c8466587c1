import { secretDigest } from '../../../base/secrets.ts';
import type { ApiKeyGrant, ApiKeySpec } from '../../../model/policies/authentication.ts';
import type { ApiKeyEntry, ApiKeys } from '../../schema/auth.ts';
import { report, type Context, type Path } from '../context.ts';
import { credentialSources, modeOf } from './credential-sources.ts';

/** `apiKey`; from here on a key is known by its digest only. */
export function apiKey(context: Context, path: Path, config: ApiKeys): ApiKeySpec {
  const seen = new Set<string>();
  const keys = config.keys.flatMap((entry, index) => {
    const at: Path = [...path, 'keys', index];
    const grant = keyGrant(entry);
    if (entry.key === '') report(context, [...at, 'key'], 'the key is empty');
    if (seen.has(grant.hashedSecret)) report(context, at, 'another entry has the same key');
    seen.add(grant.hashedSecret);
    return [grant];
  });
  return {
    mode: modeOf(context, path, config.mode),
    sources: credentialSources(context, [...path, 'location'], config.location),
    keys,
  };
}

function keyGrant(entry: ApiKeyEntry): ApiKeyGrant {
  const { metadata, allowedModels, expires } = entry;
  const hashedSecret =
    entry.key === undefined ? entry.keyHash.replace(/^sha256:/, '').toLowerCase() : secretDigest(entry.key);
  return {
    hashedSecret,
    ...(metadata === undefined ? {} : { metadata }),
    ...(allowedModels === undefined ? {} : { allowedModels }),
    ...(expires === undefined ? {} : { expiresMs: Date.parse(expires) }),
  };
}
