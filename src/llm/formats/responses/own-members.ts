import type { OwnMembers } from '../../pivot/own-members.ts';

/** Members that the Responses API calls otherwise. */
export const ownMembers: OwnMembers = {
  max_tokens: 'max_output_tokens',
  messages: 'input',
  system: 'instructions',
  response_format: 'text.format',
  'response_format.json_schema': 'text.format',
  reasoning: ['reasoning.effort', 'reasoning'],
  reasoning_effort: ['reasoning.effort', 'reasoning'],
  user: ['user', 'safety_identifier'],
  cache_control: 'input[].content[].prompt_cache_breakpoint',
  'messages[].cache_control': 'input[].content[].prompt_cache_breakpoint',
  'system[].cache_control': 'input[].content[].prompt_cache_breakpoint',
  'messages[].image.detail': 'input[].content[].detail',
  'messages[].content[].detail': 'input[].content[].detail',
  'messages[].thinking': 'input[].encrypted_content',
  'messages[].tool_calls.arguments': 'input[].arguments',
  'messages[].tool_calls.signature': 'input[].encrypted_content',
  'messages[].tool_calls[].signature': 'input[].encrypted_content',
};
