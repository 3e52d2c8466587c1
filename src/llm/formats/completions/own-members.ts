import type { OwnMembers } from '../../pivot/own-members.ts';

/** Members that have more than one name here, or stand elsewhere. */
export const ownMembers: OwnMembers = {
  max_tokens: ['max_completion_tokens', 'max_tokens'],
  reasoning: ['reasoning_effort', 'thinking'],
  reasoning_effort: ['reasoning_effort', 'thinking'],
  tool_choice: ['tool_choice', 'function_call'],
  tools: ['tools', 'functions'],
  cache_control: 'messages[].content[].cache_control',
  'cache_control.ttl': 'messages[].content[].cache_control.ttl',
  'messages[].cache_control': 'messages[].content[].cache_control',
  'messages[].image.detail': 'messages[].content[].image_url.detail',
  'messages[].content[].detail': 'messages[].content[].image_url.detail',
  'messages[].thinking': 'messages[].thinking_blocks',
  'messages[].tool_calls.arguments': 'messages[].tool_calls[].function.arguments',
  'messages[].tool_calls.signature': 'messages[].tool_calls[].id',
  'messages[].tool_calls[].signature': 'messages[].tool_calls[].id',
  'system[].cache_control': 'messages[].content[].cache_control',
  'tools[].cache_control': 'tools[].cache_control',
};
