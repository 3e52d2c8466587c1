/** Models whose facts lead a writer of requests different ways, by folder of the format. */
export const models: Readonly<Record<string, readonly string[]>> = {
  completions: ['gpt-5', 'gpt-4.1', 'qwen3'],
  responses: ['gpt-5', 'gpt-4.1'],
  messages: ['claude-sonnet-4-6', 'claude-opus-4-8', 'claude-3-5-haiku-20241022', 'claude-sonnet-4-20250514'],
  converse: [
    'anthropic.claude-sonnet-4-6',
    'anthropic.claude-3-haiku-20240307-v1:0',
    'amazon.nova-pro-v1:0',
    'us.amazon.nova-2-lite-v1:0',
    'openai.gpt-oss-120b-1:0',
    'unknown.x',
  ],
  'generate-content': ['gemini-3-pro', 'gemini-3-flash', 'gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-2.0-flash'],
  cohere: ['command-a-03-2025', 'command-a-reasoning-08-2025'],
};

const folders: Readonly<Record<string, string>> = { generateContent: 'generate-content', cohereChat: 'cohere' };

/** The folder of a format; some have another name. */
export function folderOf(format: string): string {
  return folders[format] ?? format;
}
