import { passwordHashKind } from '../../../base/password-hash.ts';
import type { BasicAuthSpec, PasswordUser } from '../../../model/policies/authentication.ts';
import type { BasicAuth } from '../../schema/auth.ts';
import { secret } from '../secret.ts';
import { report, type Context, type Path } from '../context.ts';
import { credentialSource, modeOf } from './credential-sources.ts';

/** `basicAuth`. */
export function basicAuth(context: Context, path: Path, config: BasicAuth): BasicAuthSpec | undefined {
  const at: Path = [...path, 'htpasswd'];
  const text = secret(context, at, config.htpasswd);
  if (text === undefined) return undefined;
  return {
    mode: modeOf(context, path, config.mode),
    sources: [credentialSource(context, [...path, 'authorizationLocation'], config.authorizationLocation)],
    realm: config.realm ?? 'Restricted',
    users: htpasswdUsers(context, at, text),
  };
}

/** Users of an htpasswd file; what is wrong with a line is said without showing it. */
function htpasswdUsers(context: Context, path: Path, text: string): readonly PasswordUser[] {
  const users = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const colon = entry.indexOf(':');
    const user = entry.slice(0, Math.max(0, colon));
    const hash = entry.slice(colon + 1);
    const problem = colon < 1 ? 'it must be user:hash' : hashProblem(hash);
    if (problem !== undefined) report(context, path, `line ${index + 1}: ${problem}`);
    else if (users.has(user)) report(context, path, `line ${index + 1}: the user ${user} is there already`);
    else users.set(user, hash);
  }
  if (users.size === 0) report(context, path, 'there are no users: nobody could get in');
  return [...users].map(([user, hashedPassword]) => ({ user, hashedPassword }));
}

function hashProblem(hash: string): string | undefined {
  if (passwordHashKind(hash) !== undefined) return undefined;
  return 'this is no hash of a kind that is known: bcrypt ($2y$, htpasswd -B), apr1 ($apr1$), SHA-crypt ($5$, $6$) or {SHA}';
}
