import type { JsonObject } from '../../pivot/format.ts';

/** A guardrail of Bedrock's that a provider is configured with. */
export interface Guardrail {
  readonly identifier: string;
  /** A number, or `DRAFT`. */
  readonly version: string;
}

/** The body of a Converse request under a guardrail; `messages` stay last. One that the body has wins. */
export function withGuardrail(body: JsonObject, { identifier, version }: Guardrail): JsonObject {
  const { messages, ...rest } = body;
  const guardrailConfig = { guardrailIdentifier: identifier, guardrailVersion: version };
  return { guardrailConfig, ...rest, messages };
}

/** The body of a Converse request to Claude with betas of Anthropic's (`anthropic-beta`); the same body without any. */
export function withBetas(body: JsonObject, betas: readonly string[]): JsonObject {
  if (betas.length === 0) return body;
  const { messages, additionalModelRequestFields: fields, ...rest } = body;
  return {
    ...rest,
    additionalModelRequestFields: { ...(fields as JsonObject | undefined), anthropic_beta: betas },
    messages,
  };
}
