import type { Exchange } from '../exchange.ts';
import type { Answer, Authorizer, Resource } from './authorizer.ts';

/** Those of several places as one, which allows what all of them allow. At least one. */
export function joinAuthorizers(authorizers: readonly Authorizer[]): Authorizer {
  return authorizers.reduce((first, second) => new JoinedAuthorizer(first, second));
}

/** Two that must both allow. */
class JoinedAuthorizer implements Authorizer {
  readonly places: readonly string[];
  readonly #first: Authorizer;
  readonly #second: Authorizer;

  constructor(first: Authorizer, second: Authorizer) {
    this.places = [...first.places, ...second.places];
    this.#first = first;
    this.#second = second;
  }

  decide(x: Exchange, action: string, resource: Resource): Answer {
    return joinAnswers(this.#first.decide(x, action, resource), this.#second.decide(x, action, resource));
  }

  decideAll(x: Exchange, action: string, resources: readonly Resource[]): readonly Answer[] {
    const second = this.#second.decideAll(x, action, resources);
    return this.#first.decideAll(x, action, resources).map((answer, i) => joinAnswers(answer, second[i] ?? answer));
  }
}

/** What refuses is what both say then. */
export function joinAnswers(first: Answer, second: Answer): Answer {
  if (!first.allowed && !second.allowed) {
    return { allowed: false, forbidden: first.forbidden || second.forbidden, by: joined(first, second) };
  }
  if (!first.allowed) return first;
  return second.allowed ? { allowed: true, forbidden: false, by: joined(first, second) } : second;
}

function joined(first: Answer, second: Answer): string {
  return first.by === second.by ? first.by : `${first.by}, ${second.by}`;
}
