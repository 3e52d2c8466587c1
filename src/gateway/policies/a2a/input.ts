import type { A2aInput } from '../../../a2a/classify.ts';
import { isGrpc } from '../../../net/http/grpc.ts';
import type { Exchange } from '../../exchange.ts';
import { queryParameter } from '../../match/query.ts';

/** Fields by which some servers take a request for one of another method. */
const overrides: readonly string[] = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** An exchange's request as `a2a/` reads it. @param body All of it; null where it was not read. */
export function inputOf({ request }: Exchange, body: Buffer | null): A2aInput {
  const { headers } = request;
  return {
    method: request.method,
    path: request.path,
    grpc: request.version === 20 && isGrpc(headers),
    version: headers.get('a2a-version') ?? queryParameter(request.query, 'A2A-Version'),
    overridden: overrides.some((name) => headers.has(name)),
    body,
  };
}
