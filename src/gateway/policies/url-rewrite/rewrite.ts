import type { AuthorityRewrite, PathRewrite } from '../../../model/policy.ts';
import type { PathMatch } from '../../../model/route.ts';
import { trimSlash } from '../../match/path-table.ts';

/**
 * The path after a rewrite. A prefix rewrite replaces the prefix that the route matched by (Gateway API
 * HTTPPathModifier.replacePrefixMatch): `/foo` → `/bar` makes `/foo/x` `/bar/x`. With a match that is no prefix, or after
 * a policy that took the prefix away, the whole path counts as the prefix.
 */
export function rewritePath(path: string, matched: PathMatch | null, rewrite: PathRewrite): string {
  if (rewrite.kind === 'full') return rewrite.value;
  const rest = matched?.kind === 'prefix' ? afterPrefix(path, trimSlash(matched.value)) : '';
  const base = trimSlash(rewrite.value);
  return base + rest || '/';
}

/** What comes after whole leading segments; '' where they are not there. */
function afterPrefix(path: string, prefix: string): string {
  const rest = path.slice(prefix.length);
  return path.startsWith(prefix) && rest.startsWith('/') ? rest : '';
}

/** The authority after a rewrite; `auto` and `none` leave it to the backend. */
export function rewriteAuthority(authority: string, rewrite: AuthorityRewrite): string {
  switch (rewrite.kind) {
    case 'full':
      return rewrite.value;
    case 'host':
      return rewrite.value + portOf(authority);
    case 'port':
      return `${authority.slice(0, authority.length - portOf(authority).length)}:${rewrite.value}`;
    case 'auto':
    case 'none':
      return authority;
  }
}

/** `:8080` of `host:8080`, or ''. */
function portOf(authority: string): string {
  const colon = authority.lastIndexOf(':');
  return colon === -1 || authority.includes(']', colon) ? '' : authority.slice(colon);
}
