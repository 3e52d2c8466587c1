import { ProvedFacts } from './authentication/facts.ts';
import { joinKnown } from './authorization/peer-authorizer.ts';
import type { Exchange } from './exchange.ts';
import { originOf, takeOrigin, type Origin } from './peer-origin.ts';
import type { Principal } from './principal.ts';

/** Who a client has proved to be, where it came in, and who decides about it, as one worker tells another. JSON. */
interface Identity {
  readonly principal: Principal | null;
  readonly credential: string | null;
  readonly facts: readonly (readonly [root: string, facts: ReturnType<ProvedFacts['parts']>])[];
  /** Keys of the places whose policies decide; null: none do. */
  readonly places: readonly string[] | null;
  readonly origin: Origin;
}

/** The roots that authentication makes known. */
const roots = ['jwt', 'apiKey', 'basicAuth'] as const;

/** What the worker that an exchange is passed on to has to know of it, as the value of a field. */
export function writeIdentity(x: Exchange): string {
  const { principal, credential, authorizer } = x;
  const facts = roots.flatMap((root) => {
    const value = x.fact(root);
    return value instanceof ProvedFacts ? [[root, value.parts()] as const] : [];
  });
  const places = authorizer?.places ?? null;
  const identity: Identity = { principal, credential, facts, places, origin: originOf(x) };
  return Buffer.from(JSON.stringify(identity)).toString('base64');
}

/** Makes known here what {@link writeIdentity} wrote. */
export function readIdentity(x: Exchange, text: string): void {
  const { principal, credential, facts, places, origin } = JSON.parse(
    Buffer.from(text, 'base64').toString('utf8'),
  ) as Identity;
  x.principal = principal;
  x.credential = credential;
  if (places !== null) x.authorizer = joinKnown(x, places);
  for (const [root, parts] of facts) x.setFact(root, new ProvedFacts(...parts));
  takeOrigin(x, origin);
}
