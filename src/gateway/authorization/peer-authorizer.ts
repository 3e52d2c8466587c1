import type { Exchange } from '../exchange.ts';
import type { Answer, Authorizer, Resource } from './authorizer.ts';
import { joinAuthorizers } from './joined-authorizer.ts';

/**
 * Who decides about an exchange that another worker passed on: the authorizers of the places that decide where it came
 * in. Where one of them is not known here, nothing is allowed.
 */
export function joinKnown(x: Exchange, places: readonly string[]): Authorizer {
  return joinAuthorizers(places.map((place) => x.snapshot.authorizers.get(place) ?? unknown(place)));
}

const refusal: Answer = { allowed: false, forbidden: true, by: 'the policies of this route are being exchanged' };

function unknown(place: string): Authorizer {
  return {
    places: [place],
    decide: () => refusal,
    decideAll: (_x: Exchange, _action: string, resources: readonly Resource[]) => resources.map(() => refusal),
  };
}
