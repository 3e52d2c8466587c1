import { ProvedFacts } from './authentication/facts.ts';
import { readAuthorization, writeAuthorization, type PeerAuthorization } from './authorization/peer-authorizer.ts';
import type { Exchange } from './exchange.ts';
import type { Principal } from './principal.ts';

/** Who a client has proved to be, as one worker tells another. */
interface Identity {
  readonly principal: Principal | null;
  readonly credential: string | null;
  readonly facts: readonly (readonly [root: string, facts: ReturnType<ProvedFacts['parts']>])[];
  readonly authorization: PeerAuthorization | null;
}

/** The roots that authentication makes known. */
const roots = ['jwt', 'apiKey', 'basicAuth'] as const;

/** What the worker that an exchange is passed on to has to know of its client; null: nothing. */
export function writeIdentity(x: Exchange): string | null {
  const { principal, credential } = x;
  const authorization = writeAuthorization(x);
  if (principal === null && authorization === null) return null;
  const facts = roots.flatMap((root) => {
    const value = x.fact(root);
    return value instanceof ProvedFacts ? [[root, value.parts()] as const] : [];
  });
  return encodeURIComponent(JSON.stringify({ principal, credential, facts, authorization } satisfies Identity));
}

/** Makes known here what {@link writeIdentity} wrote. */
export function readIdentity(x: Exchange, text: string): void {
  const { principal, credential, facts, authorization } = JSON.parse(decodeURIComponent(text)) as Identity;
  x.principal = principal;
  x.credential = credential;
  if (authorization !== null) readAuthorization(x, authorization);
  for (const [root, parts] of facts) x.setFact(root, new ProvedFacts(...parts));
}
