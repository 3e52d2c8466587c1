import { GatewayError } from '../../../../base/errors.ts';
import { FieldGuard } from '../../../../llm/operations/passthrough/field-guard.ts';
import type { FoundField } from '../../../../llm/operations/passthrough/multipart-field.ts';
import { pathModel } from '../../../../llm/operations/passthrough/path-model.ts';
import { providerLabel } from '../../../../llm/providers/table.ts';
import { LlmRecord } from '../../../../llm/record.ts';
import { operationName } from '../../../../llm/request/operation.ts';
import { createLlmTap } from '../../../../llm/usage/tap.ts';
import type { LlmRouteType } from '../../../../model/llm.ts';
import type { Exchange } from '../../../exchange.ts';
import { refuse } from '../local-answer.ts';
import { whenReserved } from '../reserve.ts';
import { modelField } from './choose-route.ts';
import type { OperationHost, OperationRoute } from './host.ts';
import { sentModel, sentPath } from './sent-model.ts';
import { streamedCall } from './streamed-call.ts';

/** A form whose beginning names the model. */
export interface NamedForm {
  readonly field: FoundField;
  /** As its content type says it. */
  readonly boundary: string;
}

/** Who serves a request; own: by a name of ours, which the provider may know by another. */
export interface ServedBy {
  readonly route: OperationRoute;
  readonly own: boolean;
}

/**
 * Relays a request whose body streams to the first of a route: with back-pressure, never held, and so never sent again. A
 * form whose field `model` comes twice is broken off.
 */
export function relayUpload(
  x: Exchange,
  host: OperationHost,
  type: LlmRouteType,
  { route, own }: ServedBy,
  form: NamedForm | null,
): void {
  const field = own ? (form?.field ?? null) : null;
  const [attempt] = route.attempts;
  if (attempt === undefined || attempt.upstream === null) {
    throw new GatewayError('noBackend', 'the provider has no address that requests can be passed to');
  }
  const name = field === null ? null : sentModel(x, attempt, route.modelFor(attempt) ?? field.value);
  const { query } = x.request;
  const call = streamedCall({ type, model: name, path: sentPath(x, route), query }, attempt);
  if ('status' in call) return refuse(x, type, call);
  if (field !== null && name !== null && name !== field.value) rewrite(x, field, name);
  if (form !== null) guard(x, form.boundary);
  const record = new LlmRecord(
    operationName(type),
    providerLabel(attempt.provider),
    field?.value ?? x.request.headers.get(modelField) ?? pathModel(x.request.path),
    false,
  );
  x.record.llm = record;
  x.retry = null;
  x.request.query = call.target.query;
  call.prepare(x.request.headers);
  const { upstream } = attempt;
  const tap = attempt.passthrough === 'opaque' ? null : createLlmTap(record, x.record.startedMs);
  return whenReserved(x, () => host.ports.relay(x, upstream, { path: call.target.path }, tap));
}

function rewrite(x: Exchange, { start, end }: FoundField, name: string): void {
  x.body.rewriteHeld((held) => Buffer.concat([held.subarray(0, start), Buffer.from(name), held.subarray(end)]));
}

/** Lets the form pass up to a second field `model`: which of them the server would take nobody knows. */
function guard(x: Exchange, boundary: string): void {
  const { bodyLength } = x.request;
  const fields = new FieldGuard(boundary, 'model', 1);
  x.body = x.body.through({
    chunk(bytes) {
      const verdict = fields.push(bytes);
      if (verdict === 'good') return bytes;
      throw new GatewayError(
        'badRequest',
        verdict === 'repeated' ? 'the form has more than one field model' : 'the form is malformed',
      );
    },
    end: () => null,
    abort: () => undefined,
  });
  // No byte of it is another.
  x.request.bodyLength = bodyLength;
}
