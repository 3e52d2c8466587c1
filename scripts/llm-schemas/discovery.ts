import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema } from '../../src/llm/testing/schema.ts';
import { writeSchemaFile } from './write.ts';

/** A schema of one of Google's discovery documents, as far as it is read here. */
interface DiscoverySchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly readOnly?: boolean;
  readonly enum?: readonly string[];
  readonly items?: DiscoverySchema;
  readonly properties?: Readonly<Record<string, DiscoverySchema>>;
  readonly additionalProperties?: DiscoverySchema;
}

interface DiscoveryDocument {
  readonly revision: string;
  readonly schemas: Readonly<Record<string, DiscoverySchema>>;
}

/** Which bodies of which document are extracted. */
const documents = [
  {
    name: 'aiplatform.v1',
    prefix: 'GoogleCloudAiplatformV1',
    roots: ['GenerateContentRequest', 'CountTokensRequest', 'EmbedContentRequest', 'PredictRequest'],
  },
  { name: 'discoveryengine.v1', prefix: 'GoogleCloudDiscoveryengineV1', roots: ['RankRequest'] },
];

/** Extracts `vertex.json` from an unpacked wheel of google-api-python-client. */
export function extractVertex(wheel: string): void {
  const roots: Record<string, Schema> = {};
  const defs: Record<string, Schema> = {};
  const revisions: string[] = [];
  for (const { name, prefix, roots: wanted } of documents) {
    const path = join(wheel, 'googleapiclient/discovery_cache/documents', `${name}.json`);
    const document = JSON.parse(readFileSync(path, 'utf8')) as DiscoveryDocument;
    revisions.push(`${name} revision ${document.revision}`);
    for (const root of wanted) roots[root] = reference(document, prefix, `${prefix}${root}`, defs);
  }
  const version =
    readdirSync(wheel)
      .find((name) => name.endsWith('.dist-info'))
      ?.replace('.dist-info', '') ?? '';
  writeSchemaFile('vertex.json', { origin: `${version}: ${revisions.join(', ')}`, roots, defs });
}

function reference(document: DiscoveryDocument, prefix: string, name: string, defs: Record<string, Schema>): Schema {
  const key = name.slice(prefix.length);
  if (!(key in defs)) {
    const schema = document.schemas[name];
    if (schema === undefined) throw new Error(`no schema ${name}`);
    defs[key] = { type: 'any' };
    defs[key] = message(document, prefix, schema, defs);
  }
  return { ref: key };
}

function message(
  document: DiscoveryDocument,
  prefix: string,
  schema: DiscoverySchema,
  defs: Record<string, Schema>,
): Schema {
  // A document has no `required` and no `readOnly` that could be trusted; its descriptions begin with the word.
  const writable = Object.entries(schema.properties ?? {}).filter(([, { readOnly, description = '' }]) => {
    return readOnly !== true && !description.startsWith('Output only.');
  });
  const required = writable.filter(([, { description = '' }]) => description.startsWith('Required.'));
  const members = Object.fromEntries(
    writable.map(([name, property]) => [name, schemaOf(document, prefix, property, defs)]),
  );
  return {
    type: 'object',
    members,
    ...(required.length === 0 ? {} : { required: required.map(([name]) => name) }),
  };
}

function schemaOf(
  document: DiscoveryDocument,
  prefix: string,
  schema: DiscoverySchema,
  defs: Record<string, Schema>,
): Schema {
  if (schema.$ref !== undefined) return reference(document, prefix, schema.$ref, defs);
  switch (schema.type) {
    case 'any':
      return { type: 'any' };
    case 'array':
      return { type: 'array', items: schemaOf(document, prefix, schema.items ?? {}, defs) };
    case 'object': {
      const values = schema.additionalProperties;
      const rest: Schema = values === undefined ? { type: 'any' } : schemaOf(document, prefix, values, defs);
      return { type: 'object', members: {}, rest };
    }
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'number', integer: true };
    case 'number':
      return { type: 'number' };
    case 'string':
      if (schema.enum !== undefined) return { type: 'string', enum: schema.enum };
      // protobuf's JSON form of a 64-bit integer is a string, and its readers take a number too.
      if (schema.format === 'int64') return { type: 'union', of: [integerText, { type: 'number', integer: true }] };
      return schema.format === 'byte' ? { type: 'string', base64: true } : { type: 'string' };
    default:
      throw new Error(`no schema for ${JSON.stringify(schema)}`);
  }
}

const integerText: Schema = { type: 'string', pattern: '^-?[0-9]+$' };
