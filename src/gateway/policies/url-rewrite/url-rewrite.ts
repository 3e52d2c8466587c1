import type { PolicyFactory } from '../policy.ts';
import { rewriteAuthority, rewritePath } from './rewrite.ts';

/** Changes path and authority before the request is sent on (Gateway API HTTPURLRewriteFilter). */
export const urlRewrite: PolicyFactory<'urlRewrite'> = {
  kind: 'urlRewrite',
  compile(spec) {
    const { path, authority } = spec;
    return {
      kind: 'urlRewrite',
      request: function rewriteUrl(x) {
        const { request } = x;
        if (path !== undefined) {
          request.path = rewritePath(request.path, x.pathMatch, path);
          // A redirect after it replaces the prefix that is there now.
          if (path.kind === 'prefix') x.pathMatch = path;
        }
        if (authority !== undefined) {
          x.authorityRewrite = authority.kind;
          request.authority = rewriteAuthority(request.authority, authority);
        }
        return undefined;
      },
      response: null,
    };
  },
};
