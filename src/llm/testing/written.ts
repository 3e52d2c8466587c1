import { GatewayError } from '../../base/errors.ts';
import { requestContext } from '../formats/testing/pivot.ts';
import { LlmBadRequest } from '../pivot/drops.ts';
import type { UpstreamFormat } from '../pivot/format.ts';
import type { PivotRequest } from '../pivot/request.ts';

/** The body that a format writes of a request, as it would be sent, under drop mode; null for one that is refused. */
export function written(codec: UpstreamFormat, request: PivotRequest): object | null {
  const body = unlessRefused(() => codec.writeRequest(request, requestContext(request.model, 'drop')));
  return body === null ? null : (JSON.parse(JSON.stringify(body)) as object);
}

/** What a function gives, or null where it refuses the request. */
export function unlessRefused<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof LlmBadRequest || error instanceof GatewayError) return null;
    throw error;
  }
}
