import type { CorsSpec } from '../../../model/policies/cors.ts';
import type { Cors } from '../../schema/rewrite.ts';
import { warn, type Context, type Path } from '../context.ts';

const origin = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/i;
const everyHost = /^[^:]+:\/\/\*+(?::\d+)?$/;

/** `cors`. */
export function cors(context: Context, path: Path, config: Cors): CorsSpec {
  for (const [index, pattern] of config.allowOrigins.entries()) {
    checkPattern(context, [...path, 'allowOrigins', index], pattern, config.allowCredentials);
  }
  const { allowOrigins, allowHeaders, allowMethods, exposeHeaders, allowCredentials, maxAge } = config;
  return {
    allowOrigins,
    allowHeaders,
    allowMethods,
    exposeHeaders,
    allowCredentials,
    ...(maxAge === undefined ? {} : { maxAgeSeconds: Math.floor(maxAge / 1000) }),
  };
}

function checkPattern(context: Context, path: Path, pattern: string, credentials: boolean): void {
  if (pattern === '*' || pattern === 'null' || everyHost.test(pattern)) {
    if (!credentials) return;
    warn(
      context,
      path,
      `${pattern} lets in pages of anybody, so they get no credentials (agentgateway would let them act as the user); name the origins that may have them`,
    );
  } else if (!origin.test(pattern)) {
    warn(context, path, `no page has the origin ${JSON.stringify(pattern)}: write it as https://host, without a path`);
  } else {
    checkSuffix(context, path, pattern);
  }
}

/** `https://*example.com` is also `https://evil-example.com`. */
function checkSuffix(context: Context, path: Path, pattern: string): void {
  const host = pattern.slice(pattern.indexOf('://') + 3);
  if (!host.startsWith('*') || host.startsWith('*.')) return;
  const rest = host.replace(/^\*+/, '');
  warn(context, path, `${pattern} is also the origin of a page of https://evil-${rest}; *.${rest} is not`);
}
