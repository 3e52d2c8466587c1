import { HeaderList } from '../../../net/http/headers.ts';
import type { LocalReply } from '../policy.ts';

/** JSON that pages of any origin may read: what is said here is public. */
export function openJson(status: number, body: unknown, maxAgeSeconds = 0): LocalReply {
  return openText(status, JSON.stringify(body), maxAgeSeconds);
}

/** {@link openJson} of text that is JSON. */
export function openText(status: number, body: string, maxAgeSeconds = 0): LocalReply {
  const headers = new HeaderList(['content-type', 'application/json', 'access-control-allow-origin', '*']);
  headers.append('cache-control', maxAgeSeconds === 0 ? 'no-store' : `public, max-age=${maxAgeSeconds}`);
  return { status, headers, body };
}

/** An error as OAuth endpoints say it (RFC 6749 §5.2, RFC 7591 §3.2.2). */
export function oauthError(status: number, error: string, description: string): LocalReply {
  return openJson(status, { error, error_description: description });
}

/** The answer to a preflight of a browser-based client. */
export function preflight(): LocalReply {
  const headers = new HeaderList(['access-control-allow-origin', '*']);
  headers.append('access-control-allow-methods', 'GET, POST, OPTIONS');
  headers.append('access-control-allow-headers', 'content-type, authorization, mcp-protocol-version');
  headers.append('access-control-max-age', '3600');
  return { status: 204, headers, body: '' };
}
