import { errorReply, type LlmReply } from '../../../../llm/answer.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import { authorizeModel } from '../authorize-model.ts';
import { checkModelGrant } from '../model-grant.ts';
import type { OperationEntry, OperationHost, OperationRoute } from './host.ts';

/** Names the model of a request that names none itself. */
export const modelField = 'x-waygate-model';

/**
 * Who serves a request that names its model in no place that the gateway reads: the model of the field `x-waygate-model`,
 * else the only provider whose header matches fit, else the only provider that there is; a reply that says what to do
 * otherwise.
 */
export function routeWithoutModel(host: OperationHost, x: Exchange): OperationRoute | LlmReply {
  // The field is the client's word; the request may be for any model.
  checkModelGrant(x, null);
  const { headers } = x.request;
  const named = headers.get(modelField);
  if (named !== undefined) return host.byModel(named, x) ?? modelNotFound(named);
  const entries = host.entries(headers);
  // A route of its own chose an `ai` backend: whoever it holds may serve.
  if (host.models === null) return host.byModel('', x) ?? noneFits();
  const sole = soleProvider(entries.filter(({ matched }) => matched)) ?? soleProvider(entries);
  return sole === null ? noneFits() : authorizeModel(x, host.typeOf(x.request.path), '', sole);
}

/** The entry of the one provider that all entries are of, or null. */
export function soleProvider(entries: readonly OperationEntry[]): OperationEntry | null {
  const [first] = entries;
  if (first === undefined) return null;
  const [attempt] = first.attempts;
  const same = entries.every((entry) => entry.attempts.every((other) => isSameProvider(other, attempt)));
  return same ? first : null;
}

/** True for two entries of the configuration that are one account at one provider. */
function isSameProvider(a: Attempt, b: Attempt | undefined): boolean {
  return a === b || (b !== undefined && a.identity === b.identity);
}

function noneFits(): LlmReply {
  return errorReply(
    400,
    'missing_model',
    'nothing in this request names a model, and several providers could serve it: name a model of this gateway in the ' +
      `field ${modelField}`,
    'model',
  );
}
