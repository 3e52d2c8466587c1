import type { Exchange } from '../exchange.ts';
import { SourceRecord, sourceOf, type SourceFacts } from './cedar/source-record.ts';
import type { Answer, Authorizer, Resource } from './authorizer.ts';

/** What a worker tells another of who decides about an exchange, and of what only it can see. JSON. */
export interface PeerAuthorization {
  readonly place: string;
  readonly source: SourceFacts;
  readonly metadata: unknown;
}

/** What the worker that an exchange is passed on to needs for its decisions; null: nothing. */
export function writeAuthorization(x: Exchange): PeerAuthorization | null {
  const { authorizer } = x;
  if (authorizer === null) return null;
  return { place: authorizer.place, source: sourceOf(x), metadata: x.fact('metadata') ?? {} };
}

/** Has decisions about an exchange made here as where it came in; where that is not known here, nothing is allowed. */
export function readAuthorization(x: Exchange, { place, source, metadata }: PeerAuthorization): void {
  const authorizer = x.snapshot.authorizers.get(place);
  const context = { source: new SourceRecord(source), metadata };
  x.authorizer = {
    place,
    route: authorizer?.route ?? '',
    decide: (_x: Exchange, action: string, resource: Resource): Answer =>
      authorizer?.decide(x, action, { ...resource, context: { ...resource.context, ...context } }) ?? unknown,
  } satisfies Authorizer;
}

const unknown: Answer = { allowed: false, forbidden: true, by: 'the policies of this route are being exchanged' };
