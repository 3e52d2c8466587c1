/** Tools that answer at once, with every kind of content. */
import { fromJsonSchema, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { text } from './content.ts';
import { pixel, silence } from './samples.ts';

/** Those for content, errors and schemas. */
export function registerPlainTools(server: McpServer): void {
  const give = (name: string, description: string, result: () => ReturnType<typeof text>): void => {
    server.registerTool(name, { description }, result);
  };
  give('test_simple_text', 'Answers with one text', () => text('This is a simple text response for testing.'));
  give('test_image_content', 'Answers with an image', () => ({
    content: [{ type: 'image', data: pixel, mimeType: 'image/png' }],
  }));
  give('test_audio_content', 'Answers with a sound', () => ({
    content: [{ type: 'audio', data: silence, mimeType: 'audio/wav' }],
  }));
  give('test_embedded_resource', 'Answers with a resource', () => ({
    content: [
      {
        type: 'resource',
        resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'Text of an embedded resource.' },
      },
    ],
  }));
  give('test_multiple_content_types', 'Answers with a text, an image and a resource', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: pixel, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: JSON.stringify({ test: 'data', value: 123 }),
        },
      },
    ],
  }));
  give('test_error_handling', 'Always fails', () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  registerSchemas(server);
}

/** Schemas that must arrive as they are written. */
function registerSchemas(server: McpServer): void {
  server.registerTool(
    'json_schema_2020_12_tool',
    {
      description: 'Has an input schema with what JSON Schema 2020-12 brought',
      inputSchema: fromJsonSchema({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        $defs: {
          address: {
            $anchor: 'addressDef',
            type: 'object',
            properties: { street: { type: 'string' }, city: { type: 'string' } },
          },
        },
        properties: {
          name: { type: 'string' },
          address: { $ref: '#/$defs/address' },
          contactMethod: { type: 'string', enum: ['phone', 'email'] },
          phone: { type: 'string' },
          email: { type: 'string' },
        },
        allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
        if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
        then: { required: ['phone'] },
        else: { required: ['email'] },
        additionalProperties: false,
      }),
    },
    (args) => text(`Called with ${JSON.stringify(args)}`),
  );
  server.registerTool(
    'test_x_mcp_header',
    {
      description: 'Has an argument that clients repeat in a header field',
      inputSchema: z.object({
        region: z.string().meta({ 'x-mcp-header': 'Region' }).optional(),
        level: z.int().optional(),
      }),
    },
    ({ region }) => text(`region=${region ?? ''}`),
  );
}
