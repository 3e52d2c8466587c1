import type { OwnMembers } from '../../pivot/own-members.ts';

/** Members that the Messages API calls otherwise. */
export const ownMembers: OwnMembers = {
  stop: 'stop_sequences',
  parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
  response_format: ['output_config.format', 'output_format'],
  'response_format.json_schema': ['output_config.format', 'output_format'],
  reasoning: ['output_config.effort', 'thinking'],
  reasoning_effort: ['output_config.effort', 'thinking'],
  user: 'metadata.user_id',
  cache_control: 'messages[].content[].cache_control',
  'cache_control.ttl': 'messages[].content[].cache_control.ttl',
  'messages[].cache_control': 'messages[].content[].cache_control',
  'messages[].thinking': 'messages[].content[].thinking',
  'messages[].tool_calls.arguments': 'messages[].content[].input',
  'messages[].tool_calls.signature': 'messages[].content[].signature',
  'messages[].tool_calls[].signature': 'messages[].content[].signature',
  'system[].cache_control': 'system[].cache_control',
  'tools[].cache_control': 'tools[].cache_control',
};
