import type { OwnMembers } from '../../pivot/own-members.ts';

const schemas = [
  'generationConfig.responseJsonSchema',
  'generationConfig.responseSchema',
  'generationConfig.responseFormat',
  'generationConfig.responseMimeType',
];

/** Where generateContent has the members that other APIs have at the top. */
export const ownMembers: OwnMembers = {
  temperature: 'generationConfig.temperature',
  top_p: 'generationConfig.topP',
  top_k: 'generationConfig.topK',
  seed: 'generationConfig.seed',
  frequency_penalty: 'generationConfig.frequencyPenalty',
  presence_penalty: 'generationConfig.presencePenalty',
  max_tokens: 'generationConfig.maxOutputTokens',
  stop: 'generationConfig.stopSequences',
  response_format: schemas,
  'response_format.json_schema': schemas,
  reasoning: 'generationConfig.thinkingConfig',
  reasoning_effort: 'generationConfig.thinkingConfig',
  messages: 'contents',
  system: 'systemInstruction',
  tool_choice: 'toolConfig.functionCallingConfig',
  'messages[].thinking': 'contents[].parts[].thought',
  'messages[].tool_calls.arguments': 'contents[].parts[].functionCall.args',
  'messages[].tool_calls.signature': 'contents[].parts[].thoughtSignature',
  'messages[].tool_calls[].signature': 'contents[].parts[].thoughtSignature',
};
