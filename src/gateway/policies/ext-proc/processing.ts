import type { ProtoStruct } from '../../../base/protobuf/well-known.ts';
import type { Activation } from '../../../expr/cel/frame.ts';
import { toText } from '../../../expr/cel/output.ts';
import type { ExtProcModes, ExtProcSpec } from '../../../model/policies/ext-proc.ts';
import type { Metadata } from '../../../net/grpc/envoy/core.ts';
import type { ProcessingRequest, ProcessingResponse } from '../../../net/grpc/envoy/ext-proc.ts';
import { connectionFields, isFieldValue, isToken } from '../../../net/http/fields.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { structOf, type Computed, type ComputedValues } from '../../envoy/values.ts';
import type { Exchange } from '../../exchange.ts';
import type { LocalReply } from '../policy.ts';
import { Conversation, type ConversationRules } from './conversation.ts';
import { bodyModeNumber, overridden } from './modes.ts';
import { immediateReply } from './parts.ts';

/** Where Envoy's services look for attributes. */
const attributesNamespace = 'envoy.filters.http.ext_proc';

/** What stands here becomes fields of the call, not metadata (agentgateway). */
const callFieldsNamespace = 'agentgateway.dev.grpc_initial_metadata';

/** What is fixed for all exchanges of one policy. */
export interface ProcessingPlan {
  readonly rules: ConversationRules;
  readonly modes: ExtProcModes;
  readonly allowModeOverride: boolean;
  readonly metadata: ReadonlyMap<string, ReadonlyMap<string, Computed>>;
  readonly callFields: ReadonlyMap<string, Computed>;
  readonly requestAttributes: ReadonlyMap<string, Computed>;
  readonly responseAttributes: ReadonlyMap<string, Computed>;
}

/** Compiles what a policy tells its service. */
export function planOf(spec: ExtProcSpec, rules: ConversationRules, values: ComputedValues): ProcessingPlan {
  const left = 'the service is not told this';
  const metadata = new Map(
    [...spec.metadata].map(([namespace, sources]) => [
      namespace,
      values.all(`metadataContext.${namespace}`, sources, 'request', left),
    ]),
  );
  const callFields = metadata.get(callFieldsNamespace) ?? new Map<string, Computed>();
  metadata.delete(callFieldsNamespace);
  return {
    rules,
    modes: spec.modes,
    allowModeOverride: spec.allowModeOverride,
    metadata,
    callFields,
    requestAttributes: values.all('requestAttributes', spec.requestAttributes, 'request', left),
    responseAttributes: values.all('responseAttributes', spec.responseAttributes, 'response', left),
  };
}

/** What one exchange has with its service. */
export class Processing {
  readonly x: Exchange;
  readonly conversation: Conversation;
  /** What the service is shown from now on. */
  modes: ExtProcModes;
  readonly #plan: ProcessingPlan;
  readonly #metadata: Metadata | undefined;
  #begun = false;
  #responseBegun = false;

  constructor(x: Exchange, plan: ProcessingPlan) {
    this.x = x;
    this.modes = plan.modes;
    this.#plan = plan;
    const attributes = x.attributes();
    this.#metadata = metadataOf(plan.metadata, attributes);
    const fields = callFields(plan.callFields, attributes);
    this.conversation = new Conversation(
      plan.rules,
      {
        facts: (facts) => x.setFact('extproc', { ...(x.fact('extproc') as ProtoStruct | undefined), ...facts }),
        immediate: (immediate) => x.interrupt(immediateReply(x.request, immediate)),
      },
      fields,
    );
    x.onClose(() => this.conversation.cancel());
  }

  /** True when the service is to see something of the response. */
  get seesResponse(): boolean {
    const { responseHeaders, responseBody, responseTrailers } = this.modes;
    return !this.conversation.over && (responseHeaders || responseBody !== 'none' || responseTrailers);
  }

  /** A message about the request, with what goes along. */
  requestMessage(part: ProcessingRequest): ProcessingRequest {
    return this.#message(part, this.#begun ? null : this.#plan.requestAttributes, this.x.attributes());
  }

  /** A message about the response, with what goes along. */
  responseMessage(part: ProcessingRequest, attributes: Activation): ProcessingRequest {
    const first = !this.#responseBegun;
    this.#responseBegun = true;
    return this.#message(part, first ? this.#plan.responseAttributes : null, attributes);
  }

  /** Takes over the modes that the service wants. */
  override({ modeOverride }: ProcessingResponse, at: 'request' | 'response'): void {
    if (this.#plan.allowModeOverride && modeOverride !== undefined) {
      this.modes = overridden(this.modes, modeOverride, at);
    }
  }

  /**
   * The answer that the service wants the client to get instead of all else; null for none. Then nothing more is asked.
   */
  answerIn({ immediateResponse }: ProcessingResponse): LocalReply | null {
    if (immediateResponse === undefined) return null;
    this.conversation.finish();
    return immediateReply(this.x.request, immediateResponse);
  }

  #message(
    part: ProcessingRequest,
    values: ReadonlyMap<string, Computed> | null,
    attributes: Activation,
  ): ProcessingRequest {
    const begins = !this.#begun;
    this.#begun = true;
    const { requestBody, responseBody } = this.modes;
    return {
      ...part,
      ...(this.#metadata === undefined ? {} : { metadataContext: this.#metadata }),
      ...(values === null || values.size === 0
        ? {}
        : { attributes: new Map([[attributesNamespace, structOf(values, attributes)]]) }),
      ...(begins
        ? {
            protocolConfig: {
              requestBodyMode: bodyModeNumber(requestBody),
              responseBodyMode: bodyModeNumber(responseBody),
            },
          }
        : {}),
    };
  }
}

function metadataOf(
  metadata: ReadonlyMap<string, ReadonlyMap<string, Computed>>,
  attributes: Activation,
): Metadata | undefined {
  if (metadata.size === 0) return undefined;
  return { filterMetadata: new Map([...metadata].map(([name, values]) => [name, structOf(values, attributes)])) };
}

function callFields(values: ReadonlyMap<string, Computed>, attributes: Activation): HeaderList | undefined {
  if (values.size === 0) return undefined;
  const fields = new HeaderList();
  for (const [key, compute] of values) {
    const name = key.toLowerCase();
    const value = compute(attributes);
    const text = value === undefined ? undefined : toText(value);
    if (text === undefined || !isFieldValue(text) || !isToken(name) || isProtocols(name)) continue;
    fields.append(name, text);
  }
  return fields;
}

function isProtocols(name: string): boolean {
  return name.startsWith('grpc-') || name === 'content-type' || connectionFields.has(name);
}
