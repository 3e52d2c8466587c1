import type { WebFetch } from '../../../base/web-fetch.ts';
import type { McpAuthenticationSpec } from '../../../model/policies/mcp-authentication.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { limitedText } from '../../credentials/token-request.ts';
import type { Exchange } from '../../exchange.ts';
import type { LocalReply } from '../policy.ts';
import { registrationTarget } from './documents.ts';
import type { ServerMetadata } from './providers.ts';
import { oauthError, openJson, openText } from './replies.ts';

const longestBody = 65_536;
const timeoutMs = 10_000;

/** Registers a client: at the provider, or with the one client that the file names. */
export async function register(
  x: Exchange,
  spec: McpAuthenticationSpec,
  metadata: ServerMetadata,
  fetch: WebFetch,
): Promise<LocalReply> {
  const text = (await x.readBody(longestBody)).toString();
  const asked = parseObject(text);
  if (asked === null) return oauthError(400, 'invalid_client_metadata', 'the body is no JSON object');
  if (spec.clientId !== undefined) {
    const { redirect_uris: redirects, client_name: name } = asked;
    return openJson(201, {
      client_id: spec.clientId,
      client_id_issued_at: 0,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...(Array.isArray(redirects) ? { redirect_uris: redirects } : {}),
      ...(typeof name === 'string' ? { client_name: name } : {}),
    });
  }
  const target = registrationTarget(spec, metadata);
  if (target === null) return oauthError(400, 'invalid_client_metadata', 'this provider registers no clients');
  return forwarded(fetch, target, 'application/json', text);
}

/** Sends a browser on to the provider without the parameter that it refuses. */
export function authorize(x: Exchange, metadata: ServerMetadata): LocalReply {
  const endpoint = metadata['authorization_endpoint'];
  if (typeof endpoint !== 'string') return oauthError(503, 'temporarily_unavailable', 'the provider names no endpoint');
  const url = new URL(endpoint);
  for (const [name, value] of new URLSearchParams(x.request.query)) {
    if (name !== 'resource') url.searchParams.append(name, value);
  }
  return { status: 302, headers: new HeaderList(['location', url.href, 'cache-control', 'no-store']), body: '' };
}

/** Asks the provider for a token, without the parameter that it refuses and with the secret that its client needs. */
export async function token(
  x: Exchange,
  spec: McpAuthenticationSpec,
  metadata: ServerMetadata,
  fetch: WebFetch,
): Promise<LocalReply> {
  const endpoint = metadata['token_endpoint'];
  if (typeof endpoint !== 'string') return oauthError(503, 'temporarily_unavailable', 'the provider names no endpoint');
  const form = new URLSearchParams((await x.readBody(longestBody)).toString());
  form.delete('resource');
  const grant = form.get('grant_type');
  // The secret proves that the gateway asks: it is for what a user has agreed to, never for a client of its own.
  const forUser = grant === 'authorization_code' || grant === 'refresh_token';
  if (spec.clientSecret !== undefined && forUser && form.get('client_id') === spec.clientId) {
    form.set('client_secret', spec.clientSecret);
  }
  return forwarded(fetch, endpoint, 'application/x-www-form-urlencoded', form.toString());
}

async function forwarded(fetch: WebFetch, url: string, contentType: string, body: string): Promise<LocalReply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': contentType, accept: 'application/json' },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await limitedText(response);
  const isJson = parseObject(text) !== null && response.status >= 200 && response.status < 600;
  return isJson
    ? openText(response.status, text)
    : oauthError(502, 'temporarily_unavailable', 'the provider did not answer with a JSON object');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null; // the caller says so
  }
}
