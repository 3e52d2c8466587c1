/** Questions that a server of 2026-07-28 puts into a result, asked as the requests that a client with a session knows. */
import { uuid } from '../../../base/random.ts';
import { TargetError } from '../../transports/transport.ts';
import type { InputRequest } from '../../wire/2026-07-28/input.ts';
import { isObject } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import type { Federation } from '../federation.ts';
import { errorMessage } from '../upstream/error-message.ts';
import type { Upstream } from '../upstream/upstream.ts';

/**
 * Asks the client everything at once; its answers as JSON texts by key.
 * @throws TargetError when it cannot be asked, or refuses: older revisions answer a question with an error, newer ones
 * have none.
 */
export async function askClient(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  requests: ReadonlyMap<string, InputRequest>,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  await Promise.all(
    [...requests].map(async ([key, { method, params }]) => {
      if (!federation.questions.mayAsk(method, params)) {
        throw new TargetError(`asks the client for ${method}, which it cannot answer`);
      }
      const reply = await federation.questions.ask(caller, upstream, method, asOlderParams(method, params));
      if (reply.kind === 'error') throw new TargetError(`was refused ${method} by the client: ${errorMessage(reply)}`);
      answers.set(key, reply.bodyText);
    }),
  );
  return answers;
}

/** Params of a question as revisions with requests to the client write them: a URL to visit has an id. */
function asOlderParams(method: string, params: string): string {
  if (method !== 'elicitation/create' || params === '') return params;
  const value = JSON.parse(params) as unknown;
  if (!isObject(value) || value['mode'] !== 'url' || value['elicitationId'] !== undefined) return params;
  return params.replace('{', `{"elicitationId":${JSON.stringify(uuid())},`);
}
