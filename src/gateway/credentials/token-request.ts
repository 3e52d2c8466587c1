import type { WebFetch } from '../../base/web-fetch.ts';

/** Bytes of an answer that are read; tokens are far smaller. */
const maximumBytes = 1024 * 1024;

/** A call of a token endpoint. */
export interface TokenRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form by POST; without this and `json`: a GET. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST. */
  readonly json?: unknown;
}

/**
 * The JSON object that a token endpoint answers. Rejects with a readable Error that names the host, the status and what
 * an OAuth error says (RFC 6749 §5.2); redirects are not followed, since they could carry the secret elsewhere.
 */
export async function requestToken(
  fetch: WebFetch,
  request: TokenRequest,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const { url, headers = {}, form, json } = request;
  const { host } = new URL(url);
  const body = json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json);
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal,
  });
  const answer = parseObject(await limitedText(response));
  if (!response.ok) throw new Error(`${host} answered ${response.status}${oauthError(answer)}`);
  if (answer === undefined) throw new Error(`${host} did not answer with a JSON object`);
  return answer;
}

/** A member that must be a text that is not empty. Throws a readable Error. */
export function textMember(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new Error(`the answer has no ${name}`);
  return value;
}

/** A member that must be a number, or a text that is one. Throws a readable Error. */
export function numberMember(body: Readonly<Record<string, unknown>>, name: string): number {
  const value = Number(body[name] ?? Number.NaN);
  if (!Number.isFinite(value)) throw new Error(`the answer has no ${name}`);
  return value;
}

/** The body of an answer as text, at most a mebibyte of it. */
export async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maximumBytes) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // the caller says so
  }
}

function oauthError(body: Readonly<Record<string, unknown>> | undefined): string {
  const parts = [body?.['error'], body?.['error_description'] ?? body?.['message']];
  const texts = parts.filter((part) => typeof part === 'string');
  return texts.length === 0 ? '' : `: ${texts.join(': ')}`;
}
