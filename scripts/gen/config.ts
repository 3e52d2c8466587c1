import { beyondRows } from '../../src/config/schema/beyond.ts';
import { localConfig } from '../../src/config/schema/config.ts';
import { jsonSchemaOf } from '../../src/config/schema/json-schema.ts';
import { beyondPage, referencePage } from '../../src/config/schema/reference-page.ts';
import type { Generated } from './generated.ts';

/** The JSON Schema and the reference pages of the configuration. */
export const files: readonly Generated[] = [
  { path: 'schema/config.json', text: `${JSON.stringify(configJsonSchema(), undefined, 2)}\n` },
  { path: 'docs/reference/configuration.md', text: referencePage(localConfig) },
  { path: 'docs/beyond-agentgateway.md', text: beyondPage(beyondRows) },
];

function configJsonSchema(): unknown {
  return jsonSchemaOf(localConfig, {
    id: 'urn:waygate:schema:config',
    title: 'Waygate configuration',
  });
}
