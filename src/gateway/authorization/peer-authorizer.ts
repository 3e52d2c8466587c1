import type { Exchange } from '../exchange.ts';
import { SourceRecord, sourceOf, type SourceFacts } from './cedar/source-record.ts';
import type { Answer, Authorizer, Resource, SeenElsewhere } from './authorizer.ts';
import { routeParent } from './http-resource.ts';
import { joinAuthorizers } from './joined-authorizer.ts';

/** What a worker tells another of who decides about an exchange, and of what only it can see. JSON. */
export interface PeerAuthorization {
  readonly places: readonly string[];
  readonly route: string;
  readonly source: SourceFacts;
  readonly metadata: unknown;
}

/** What the worker that an exchange is passed on to needs for its decisions; null: nothing. */
export function writeAuthorization(x: Exchange): PeerAuthorization | null {
  const { authorizer } = x;
  if (authorizer === null) return null;
  const { id: route } = routeParent(x);
  return { places: authorizer.places, route, source: sourceOf(x), metadata: x.fact('metadata') ?? {} };
}

/** Has decisions about an exchange made here as where it came in; where that is not known here, nothing is allowed. */
export function readAuthorization(x: Exchange, { places, route, source, metadata }: PeerAuthorization): void {
  const known = places.map((place) => x.snapshot.authorizers.get(place) ?? unknown(place));
  x.authorizer = seenFrom(joinAuthorizers(known), route, { source: new SourceRecord(source), metadata });
}

/** An authorizer that sees a request as the worker did that it came to. */
function seenFrom(authorizer: Authorizer, route: string, seen: SeenElsewhere): Authorizer {
  return {
    places: authorizer.places,
    route,
    decide: (x, action, resource) => authorizer.decide(x, action, resource, seen),
    decideAll: (x, action, resources) => authorizer.decideAll(x, action, resources, seen),
  };
}

const refusal: Answer = { allowed: false, forbidden: true, by: 'the policies of this route are being exchanged' };

function unknown(place: string): Authorizer {
  return {
    places: [place],
    route: null,
    decide: () => refusal,
    decideAll: (_x: Exchange, _action: string, resources: readonly Resource[]) => resources.map(() => refusal),
  };
}
