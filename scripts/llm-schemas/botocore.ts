import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Schema } from '../../src/llm/testing/schema.ts';
import { writeSchemaFile } from './write.ts';

/** A shape of an AWS service model, as far as it is read here. */
interface Shape {
  readonly type: string;
  readonly members?: Readonly<
    Record<string, { readonly shape: string; readonly location?: string; readonly locationName?: string }>
  >;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly union?: boolean;
  readonly document?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

interface ServiceModel {
  readonly operations: Readonly<Record<string, { readonly input: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** The operations whose bodies the gateway writes. */
const services: Readonly<Record<string, readonly string[]>> = {
  'bedrock-runtime': ['Converse', 'ConverseStream', 'CountTokens'],
  'bedrock-agent-runtime': ['Rerank'],
};

/** Extracts `bedrock.json` from an unpacked wheel of botocore. */
export function extractBedrock(wheel: string): void {
  const roots: Record<string, Schema> = {};
  const defs: Record<string, Schema> = {};
  for (const [service, operations] of Object.entries(services)) {
    const model = serviceModel(join(wheel, 'botocore/data', service));
    for (const operation of operations) {
      const input = model.operations[operation]?.input.shape;
      if (input === undefined) throw new Error(`${service} has no operation ${operation}`);
      roots[operation] = schemaOf(model, input, service, defs);
    }
  }
  const version =
    readdirSync(wheel)
      .find((name) => name.endsWith('.dist-info'))
      ?.replace('.dist-info', '') ?? '';
  writeSchemaFile('bedrock.json', { origin: `${version}: ${Object.keys(services).join(', ')}`, roots, defs });
}

function serviceModel(folder: string): ServiceModel {
  const newest = readdirSync(folder).toSorted().at(-1) ?? '';
  return JSON.parse(gunzipSync(readFileSync(join(folder, newest, 'service-2.json.gz'))).toString()) as ServiceModel;
}

/** The schema of a shape; structures and lists become definitions, because they may hold themselves. */
function schemaOf(model: ServiceModel, name: string, service: string, defs: Record<string, Schema>): Schema {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`${service} has no shape ${name}`);
  if (shape.type !== 'structure' || shape.document === true) return simple(model, shape, service, defs);
  const key = `${service}.${name}`;
  if (!(key in defs)) {
    defs[key] = { type: 'any' };
    defs[key] = structure(model, shape, service, defs);
  }
  return { ref: key };
}

function simple(model: ServiceModel, shape: Shape, service: string, defs: Record<string, Schema>): Schema {
  const { min, max } = shape;
  const limits = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  switch (shape.type) {
    case 'structure':
      return { type: 'any' };
    case 'list':
      return { type: 'array', items: schemaOf(model, shape.member?.shape ?? '', service, defs), ...limits };
    case 'map':
      return { type: 'object', members: {}, rest: schemaOf(model, shape.value?.shape ?? '', service, defs) };
    case 'string': {
      const { enum: values, pattern } = shape;
      if (values !== undefined) return { type: 'string', enum: values };
      return { type: 'string', ...limits, ...(pattern === undefined ? {} : { pattern: ecmaPattern(pattern) }) };
    }
    case 'blob':
      return { type: 'string', base64: true, ...limits };
    case 'integer':
    case 'long':
      return { type: 'number', integer: true, ...limits };
    case 'float':
    case 'double':
      return { type: 'number', ...limits };
    case 'boolean':
      return { type: 'boolean' };
    default:
      throw new Error(`no schema for a shape of type ${shape.type}`);
  }
}

function structure(model: ServiceModel, shape: Shape, service: string, defs: Record<string, Schema>): Schema {
  // What the path and the headers carry is no member of the body.
  const inBody = Object.entries(shape.members ?? {}).filter(([, member]) => member.location === undefined);
  const members = Object.fromEntries(
    inBody.map(([name, member]) => [member.locationName ?? name, schemaOf(model, member.shape, service, defs)]),
  );
  const required = (shape.required ?? []).filter((name) => name in members);
  return {
    type: 'object',
    members,
    ...(required.length === 0 ? {} : { required }),
    ...(shape.union === true ? { one: [Object.keys(members)] } : {}),
  };
}

/** AWS matches the whole value. A pattern that ECMAScript does not read is an error here, not a rule that never fires. */
function ecmaPattern(pattern: string): string {
  const anchored = pattern.startsWith('^') ? pattern : `^(?:${pattern})$`;
  void new RegExp(anchored, 'u');
  return anchored;
}
