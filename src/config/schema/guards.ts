/** Guards of prompts and answers. */

import { backendRef, headerModifier, bytes, type BackendRef, type HeaderModifier } from './common.ts';
import { helperPolicies, type HelperPolicies } from './connect.ts';
import { listOf, mapOf, literals } from './kit/collection.ts';
import { required, optional, defaulted, defaultedOrNull } from './kit/field.ts';
import { regex } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, cel, bool, integer, status, type CelText } from './kit/scalar.ts';
import { failureMode, type FailureMode } from './limits.ts';
import { headerMatch, type HeaderMatch } from './matches.ts';

/** Whether streamed answers are checked. */
type PromptGuardStreaming = 'Disabled' | 'Enabled';

const promptGuardStreaming: Schema<PromptGuardStreaming> = literals('Disabled', 'Enabled');

/** Parts of a conversation. */
type ContentScope = 'systemPrompt' | 'messages' | 'toolOutput' | 'toolInput';

const contentScope: Schema<ContentScope> = literals('systemPrompt', 'messages', 'toolOutput', 'toolInput');

/** What happens to a match. */
type GuardAction = 'mask' | 'reject';

const guardAction: Schema<GuardAction> = literals('mask', 'reject');

/** Patterns that come with Waygate. */
type BuiltinPattern = 'ssn' | 'creditCard' | 'phoneNumber' | 'email' | 'caSin';

const builtinPattern: Schema<BuiltinPattern> = literals('ssn', 'creditCard', 'phoneNumber', 'email', 'caSin');

/** Answer to what a guard refuses. */
interface Rejection {
  readonly body: Uint8Array;
  readonly status: number;
  readonly headers?: HeaderModifier;
}

const rejection: Schema<Rejection> = object<Rejection>('Rejection', 'Answer to what a guard refuses.', {
  body: defaulted(bytes, 'The request was rejected due to inappropriate content', 'Body of the answer.'),
  status: defaulted(status, 403, 'Status of the answer.'),
  headers: optional(headerModifier, 'Headers of the answer.'),
});

/** The kinds of {@link RegexRule}. */
interface RegexRuleKinds {
  readonly builtin: BuiltinPattern;
  readonly pattern: string;
}

/** A pattern. */
type RegexRule = OneOf<RegexRuleKinds>;

const regexRule: Schema<RegexRule> = oneOfKeys<RegexRuleKinds>(
  'RegexRule',
  'A pattern.',
  {
    builtin: required(builtinPattern, 'One that comes with Waygate.'),
    pattern: required(regex, 'A regular expression.'),
  },
  {},
);

/** Patterns to find. */
interface RegexRules {
  readonly action: GuardAction;
  readonly rules: readonly RegexRule[];
}

const regexRules: Schema<RegexRules> = object<RegexRules>('RegexRules', 'Patterns to find.', {
  action: defaulted(guardAction, 'mask', 'What happens to a match.'),
  rules: required(listOf(regexRule), 'The patterns.'),
});

/** A service that is asked. */
interface GuardWebhook {
  readonly target: BackendRef;
  readonly headers: Readonly<Record<string, CelText>>;
  readonly forwardHeaderMatches: readonly HeaderMatch[];
  readonly failureMode: FailureMode;
}

const guardWebhook: Schema<GuardWebhook> = object<GuardWebhook>('GuardWebhook', 'A service that is asked.', {
  target: required(backendRef, 'Where it is.'),
  headers: defaulted(mapOf(cel), {}, 'Computed headers to send.'),
  forwardHeaderMatches: defaulted(listOf(headerMatch), [], 'Headers of the client to send on.'),
  failureMode: defaulted(failureMode, 'failClosed', 'What happens when it fails.'),
});

/** OpenAI's moderation. */
interface Moderation {
  readonly model: string;
  readonly policies?: HelperPolicies;
}

const moderation: Schema<Moderation> = object<Moderation>('Moderation', "OpenAI's moderation.", {
  model: defaultedOrNull(text, 'omni-moderation-latest', 'Moderation model.'),
  policies: optional(helperPolicies, 'Policies of the requests to it.'),
});

/** Amazon Bedrock's guardrails. */
interface BedrockGuardrails {
  readonly guardrailIdentifier: string;
  readonly guardrailVersion: string;
  readonly region: string;
  readonly policies?: HelperPolicies;
}

const bedrockGuardrails: Schema<BedrockGuardrails> = object<BedrockGuardrails>(
  'BedrockGuardrails',
  "Amazon Bedrock's guardrails.",
  {
    guardrailIdentifier: required(text, 'Which guardrail.'),
    guardrailVersion: required(text, 'Its version.'),
    region: required(text, 'AWS region.'),
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
  },
);

/** Google Model Armor. */
interface GoogleModelArmor {
  readonly templateId: string;
  readonly projectId: string;
  readonly location: string;
  readonly policies?: HelperPolicies;
}

const googleModelArmor: Schema<GoogleModelArmor> = object<GoogleModelArmor>('GoogleModelArmor', 'Google Model Armor.', {
  templateId: required(text, 'Which template.'),
  projectId: required(text, 'Google Cloud project.'),
  location: defaultedOrNull(text, 'us-central1', 'Google Cloud location.'),
  policies: optional(helperPolicies, 'Policies of the requests to it.'),
});

/** Analysis of harm categories. */
interface AnalyzeText {
  readonly severityThreshold: number;
  readonly apiVersion?: string;
  readonly blocklistNames?: readonly string[];
  readonly haltOnBlocklistHit?: boolean;
}

const analyzeText: Schema<AnalyzeText> = object<AnalyzeText>('AnalyzeText', 'Analysis of harm categories.', {
  severityThreshold: defaultedOrNull(integer(-2147483648, 2147483647), 2, 'Severity from which text is refused.'),
  apiVersion: optional(text, "Version of the service's API."),
  blocklistNames: optional(listOf(text), 'Block lists to use.'),
  haltOnBlocklistHit: optional(bool, "Whether a block list's hit ends the analysis."),
});

/** Detection of prompt attacks. */
interface DetectJailbreak {
  readonly apiVersion?: string;
}

const detectJailbreak: Schema<DetectJailbreak> = object<DetectJailbreak>(
  'DetectJailbreak',
  'Detection of prompt attacks.',
  {
    apiVersion: optional(text, "Version of the service's API."),
  },
);

/** Azure AI Content Safety. */
interface AzureContentSafety {
  readonly endpoint: string;
  readonly policies?: HelperPolicies;
  readonly analyzeText?: AnalyzeText;
  readonly detectJailbreak?: DetectJailbreak;
}

const azureContentSafety: Schema<AzureContentSafety> = object<AzureContentSafety>(
  'AzureContentSafety',
  'Azure AI Content Safety.',
  {
    endpoint: required(text, 'Host of the resource.'),
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    analyzeText: optional(analyzeText, 'Harm categories and block lists.'),
    detectJailbreak: optional(detectJailbreak, 'Detection of prompt attacks.'),
  },
);

/** The kinds of {@link RequestGuard}. */
interface RequestGuardKinds {
  readonly regex: RegexRules;
  readonly webhook: GuardWebhook;
  readonly openAIModeration: Moderation;
  readonly bedrockGuardrails: BedrockGuardrails;
  readonly googleModelArmor: GoogleModelArmor;
  readonly azureContentSafety: AzureContentSafety;
}

/** What every {@link RequestGuard} may have. */
interface RequestGuardCommon {
  readonly rejection: Rejection;
  readonly scope: readonly ContentScope[];
}

/** A guard of prompts. */
type RequestGuard = OneOf<RequestGuardKinds, RequestGuardCommon>;

const requestGuard: Schema<RequestGuard> = oneOfKeys<RequestGuardKinds, RequestGuardCommon>(
  'RequestGuard',
  'A guard of prompts.',
  {
    regex: required(regexRules, 'Patterns to find.'),
    webhook: required(guardWebhook, 'A service to ask.'),
    openAIModeration: required(moderation, "OpenAI's moderation."),
    bedrockGuardrails: required(bedrockGuardrails, "Amazon Bedrock's guardrails."),
    googleModelArmor: required(googleModelArmor, 'Google Model Armor.'),
    azureContentSafety: required(azureContentSafety, 'Azure AI Content Safety.'),
  },
  {
    rejection: defaulted(rejection, {}, 'Answer to a refused prompt.'),
    scope: defaulted(
      listOf(contentScope, { min: 1 }),
      ['systemPrompt', 'messages'],
      'Parts of the prompt that are checked.',
    ),
  },
);

/** The kinds of {@link ResponseGuard}. */
interface ResponseGuardKinds {
  readonly regex: RegexRules;
  readonly webhook: GuardWebhook;
  readonly bedrockGuardrails: BedrockGuardrails;
  readonly googleModelArmor: GoogleModelArmor;
  readonly azureContentSafety: AzureContentSafety;
}

/** What every {@link ResponseGuard} may have. */
interface ResponseGuardCommon {
  readonly rejection: Rejection;
}

/** A guard of answers. */
type ResponseGuard = OneOf<ResponseGuardKinds, ResponseGuardCommon>;

const responseGuard: Schema<ResponseGuard> = oneOfKeys<ResponseGuardKinds, ResponseGuardCommon>(
  'ResponseGuard',
  'A guard of answers.',
  {
    regex: required(regexRules, 'Patterns to find.'),
    webhook: required(guardWebhook, 'A service to ask.'),
    bedrockGuardrails: required(bedrockGuardrails, "Amazon Bedrock's guardrails."),
    googleModelArmor: required(googleModelArmor, 'Google Model Armor.'),
    azureContentSafety: required(azureContentSafety, 'Azure AI Content Safety.'),
  },
  {
    rejection: defaulted(rejection, {}, 'Answer instead of a refused one.'),
  },
);

/** Guards of prompts and answers. */
export interface PromptGuard {
  readonly streaming: PromptGuardStreaming;
  readonly request: readonly RequestGuard[];
  readonly response: readonly ResponseGuard[];
}

export const promptGuard: Schema<PromptGuard> = object<PromptGuard>('PromptGuard', 'Guards of prompts and answers.', {
  streaming: defaulted(promptGuardStreaming, 'Disabled', 'Whether answers are checked while they stream.'),
  request: defaulted(listOf(requestGuard), [], 'Guards of prompts, in order.'),
  response: defaulted(listOf(responseGuard), [], 'Guards of answers, in order.'),
});
