import type { WebFetch } from '../../../base/web-fetch.ts';
import type { HttpCall } from '../../../net/http/call.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { limitedText } from '../token-request.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import { OAuthError, safeCode } from './oauth-error.ts';

/** Bytes of an answer that are read; tokens are far smaller. */
const maximumBytes = 1024 * 1024;
const formType = 'application/x-www-form-urlencoded';

/** What an endpoint answers: an object of JSON with a status that says success. */
export type TokenAnswer = Readonly<Record<string, unknown>>;

/** Sends a form; the answer's status and body. */
export type PostForm = (
  fields: Readonly<Record<string, string>>,
  form: string,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly text: string }>;

/** An endpoint that grants tokens, and how we prove ourselves there. */
export interface TokenEndpoint {
  /** For messages. */
  readonly host: string;
  readonly post: PostForm;
  readonly authenticate: ClientAuthentication;
}

/** Posts to a URL. Redirects are not followed, since they could carry the secret elsewhere. */
export function postTo(url: string, fetch: WebFetch): PostForm {
  return async (fields, form, signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': formType, ...fields },
      body: form,
      redirect: 'manual',
      signal,
    });
    return { status: response.status, text: await limitedText(response) };
  };
}

/** Posts to a path of a helper service. */
export function postBy(call: HttpCall, path: string): PostForm {
  return async (fields, form, signal) => {
    const headers = new HeaderList(['accept', 'application/json', 'content-type', formType]);
    for (const [name, value] of Object.entries(fields)) headers.set(name, value);
    const reply = await call({ method: 'POST', path, headers, body: Buffer.from(form), signal });
    return { status: reply.status, text: await reply.text(maximumBytes) };
  };
}

/**
 * Asks for a token (RFC 6749 §3.2).
 *
 * @throws OAuthError where the endpoint refuses; another readable Error where it cannot be asked.
 */
export async function askToken(
  endpoint: TokenEndpoint,
  form: URLSearchParams,
  signal: AbortSignal,
): Promise<TokenAnswer> {
  const fields: Record<string, string> = {};
  endpoint.authenticate(form, fields);
  const { status, text } = await endpoint.post(fields, form.toString(), signal);
  const answer = parseObject(text);
  if (status < 200 || status > 299) {
    const description = answer?.['error_description'];
    throw new OAuthError(
      endpoint.host,
      status,
      safeCode(answer?.['error']),
      typeof description === 'string' ? description.slice(0, 200) : '',
    );
  }
  if (answer === undefined) throw new Error(`${endpoint.host} did not answer with a JSON object`);
  return answer;
}

function parseObject(text: string): TokenAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TokenAnswer) : undefined;
  } catch {
    return undefined; // the caller says so
  }
}
