import { refusal } from './reply.ts';
import type { Reply, StreamReply } from './reply.ts';

/** What an endpoint sees of a request; these servers read no bodies. */
export interface Request {
  readonly method: string;
  /** The request target: path and query. */
  readonly target: string;
  /** A field value by lower-case name. */
  header(name: string): string | undefined;
}

/** One path of a server. */
export interface Endpoint {
  readonly path: string;
  readonly methods: readonly ('GET' | 'POST')[];
  /** For the index. */
  readonly help: string;
  handle(query: URLSearchParams, request: Request): Answer | Promise<Answer>;
}

/** Answers a request; HEAD counts as GET (RFC 9110 §9.3.2). */
export type Handler = (request: Request) => Answer | Promise<Answer>;

/** A whole answer, or one that goes on. */
export type Answer = Reply | StreamReply;

/** Finds the endpoint of a request: 404 for another path, 405 for another method. */
export function router(endpoints: readonly Endpoint[]): Handler {
  return (request) => {
    if (!request.target.startsWith('/')) return refusal('badRequest');
    const [path, query = ''] = request.target.split('?', 2) as [string, string?];
    const endpoint = endpoints.find((candidate) => candidate.path === path);
    if (endpoint === undefined) {
      const paths = endpoints.map((candidate) => candidate.path).join(', ');
      return refusal('routeNotFound', `there is no such endpoint here; there are ${paths}`);
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (!endpoint.methods.some((allowed) => allowed === method)) {
      const allow = endpoint.methods.join(', ');
      return { ...refusal('methodNotAllowed', `${path} takes ${allow}`), allow };
    }
    return endpoint.handle(new URLSearchParams(query), request);
  };
}
