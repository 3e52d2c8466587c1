/** Which header fields of clients MCP targets get. */
import type { CredentialSource } from '../../model/policies/authentication.ts';
import type { BackendAuthSpec, BackendPolicySpecs } from '../../model/policy.ts';
import { report, warn, type Context, type Path } from './context.ts';

const credentials: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);
const own: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'last-event-id',
  'origin',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Who gets what policies of a whole backend pass on. */
export const allTargets = 'every MCP target over HTTP';

/** The names of `forwardHeaders`, in lower case. */
export function forwardHeaders(context: Context, path: Path, names: readonly string[]): readonly string[] {
  return names.map((given, index) => {
    const name = given.toLowerCase();
    const at: Path = [...path, index];
    if (credentials.has(name)) {
      report(
        context,
        at,
        `${given} is a credential: to send the clients' own to a server, write backendAuth: { passthrough: ${
          name === 'authorization' ? '{}' : `{ location: { header: { name: ${name} } } }`
        } } in its policies`,
      );
    } else if (!token.test(name)) report(context, at, `${JSON.stringify(given)} is no header name`);
    else if (own.has(name) || name.startsWith('mcp-'))
      report(context, at, `${given} is for the gateway itself to write`);
    return name;
  });
}

/** Says what passing credentials on means, and refuses what cannot be passed on. */
export function checkPassthrough(context: Context, path: Path, policies: BackendPolicySpecs, receivers: string): void {
  const { backendAuth } = policies;
  if (backendAuth !== undefined) checkComputed(context, path, backendAuth);
  if (backendAuth?.kind !== 'passthrough') return;
  const at: Path = [...path, 'backendAuth', 'passthrough'];
  const location = backendAuth.location ?? { kind: 'header', name: 'authorization' };
  if (location.kind === 'query') {
    report(
      context,
      [...at, 'location'],
      'an MCP target can get a header or a cookie of its clients, no query parameter',
    );
    return;
  }
  const what = location.kind === 'cookie' ? `cookie ${location.name}` : `${location.name} header`;
  warn(context, at, `${receivers} gets the ${what} of every client, and can use it wherever it is good`);
}

/** Refuses what is computed from a client's request: one request to an MCP server may serve several, or none. */
function checkComputed(context: Context, path: Path, auth: BackendAuthSpec): void {
  const refuse = (at: readonly string[], message: string): void => {
    report(context, [...path, 'backendAuth', ...at], message);
  };
  const place = 'the token for an MCP target can come from a header or a cookie of its clients only';
  const findable = (origin: CredentialSource): boolean => origin.kind === 'header' || origin.kind === 'cookie';
  switch (auth.kind) {
    case 'tokenExchange': {
      const at = 'oauthTokenExchange';
      if (!findable(auth.subject.origin)) refuse([at, 'subjectToken', 'source'], place);
      if (auth.actor !== undefined && !findable(auth.actor.origin)) refuse([at, 'actorToken', 'source'], place);
      if (auth.parameters.size > 0) refuse([at, 'additionalParams'], 'nothing can be computed for an MCP target');
      break;
    }
    case 'crossAppAccess':
      if (!findable(auth.subject.origin)) refuse(['crossAppAccess', 'subjectToken', 'source'], place);
      break;
    case 'aws': {
      const { sessionName, tags = [] } = auth.assumeRole ?? {};
      if (typeof sessionName !== 'object' && tags.every(({ value }) => typeof value === 'string')) break;
      refuse(['aws', 'assumeRole'], 'the name and the tags of a session cannot be computed for an MCP target');
      break;
    }
    default:
  }
}
