import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDuration } from '../../base/duration.ts';
import { localConfig } from './config.ts';
import { nodeOf, type FieldNode, type ObjectNode, type Schema } from './kit/node.ts';
import { fieldOf } from './kit/walk.ts';

/** A part of the reference's schema: the names, types and values of `testdata/reference-keys.json`. */
interface Reference {
  readonly ref?: string;
  readonly types?: readonly string[];
  readonly values?: readonly unknown[];
  readonly keys?: Readonly<Record<string, Reference>>;
  readonly required?: readonly string[];
  readonly items?: Reference;
  readonly map?: Reference;
  readonly anyOf?: readonly Reference[];
  readonly closed?: true;
  readonly default?: unknown;
}

const file = join(import.meta.dirname, 'testdata/reference-keys.json');
const reference = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Reference>>;

/** Fields that Waygate does not demand, or that it gives a default of its own; `beyond.ts` says so. */
const ownDefaults: ReadonlySet<string> = new Set([
  'ApiKeys.mode',
  'BasicAuth.mode',
  'FrontendHttp.http1MaxHeaders',
  'FrontendTcp.keepalives',
  'JwtProviders.mode',
  'JwtSingle.mode',
  'McpBackend.failureMode',
  'McpSection.failureMode',
]);

/** Free-form in the reference's schema only: its program refuses what these do not have. */
const closedInFact: ReadonlySet<string> = new Set(['.workloads[]', '.services[]']);

test('every key, type, value and default of the reference is accepted, and nothing more is demanded', () => {
  const walk = new Comparison();
  walk.compare(root(), [localConfig], '');
  assert.deepEqual(walk.differences, []);
  assert.ok(walk.keys >= 1045, `only ${walk.keys} keys were compared`);
});

test('every definition of the reference is reached by the comparison', () => {
  const walk = new Comparison();
  walk.compare(root(), [localConfig], '');
  assert.deepEqual(
    Object.keys(reference).filter((name) => name !== '(root)' && !walk.seen.has(name)),
    [],
  );
});

function root(): Reference {
  const found = reference['(root)'];
  assert.ok(found !== undefined);
  return found;
}

/** Walks the reference and our schemas side by side. */
class Comparison {
  readonly differences: string[] = [];
  readonly seen = new Set<string>();
  keys = 0;
  readonly #done = new Map<Reference, Set<unknown>>();

  /** `demanded` are fields that the forms around this one demand already. */
  compare(wanted: Reference, ours: readonly Schema<unknown>[], path: string, demanded: readonly string[] = []): void {
    if (wanted.ref !== undefined) {
      this.seen.add(wanted.ref);
      const target = reference[wanted.ref];
      assert.ok(target !== undefined, wanted.ref);
      const done = this.#done.get(target) ?? new Set();
      this.#done.set(target, done);
      const fresh = ours.filter((schema) => !done.has(schema));
      for (const schema of fresh) done.add(schema);
      if (fresh.length > 0) this.compare(target, ours, path, demanded);
      return;
    }
    const forms = ours.flatMap(formsOf);
    const must = [...demanded, ...requiredBy(wanted)];
    if (forms.length === 0) this.differences.push(`${path}: nothing accepts it`);
    for (const type of wanted.types ?? []) this.#type(type, wanted, forms, path);
    for (const value of wanted.values ?? []) this.#value(value, forms, path);
    if (wanted.items !== undefined) {
      const items = forms.flatMap((form) => (form.kind === 'list' ? [form.item] : []));
      this.compare(wanted.items, items, `${path}[]`);
    }
    if (wanted.map !== undefined && !closedInFact.has(path) && !forms.some((form) => form.kind === 'any')) {
      const values = forms.flatMap((form) => (form.kind === 'map' ? [form.value] : []));
      this.compare(wanted.map, values, `${path}.*`);
    }
    if (wanted.keys !== undefined) this.#object({ ...wanted, required: must }, forms.filter(isObject), path);
    for (const form of wanted.anyOf ?? []) {
      if (form.types?.length !== 1 || form.types[0] !== 'null') this.compare(form, ours, path, must);
    }
  }

  #type(type: string, wanted: Reference, forms: readonly Form[], path: string): void {
    const emptyMap = type === 'object' && wanted.keys === undefined && wanted.map === undefined;
    if (type === 'null' || type === 'any' || (emptyMap && wanted.anyOf !== undefined)) return;
    if (!forms.some((form) => acceptsType(form, type))) this.differences.push(`${path}: ${type} is not accepted`);
  }

  #value(value: unknown, forms: readonly Form[], path: string): void {
    const accepted = forms.some(
      (form) =>
        form.kind === 'any' ||
        (form.kind === 'literals' && form.values.includes(String(value))) ||
        (form.kind === 'scalar' && form.type === typeof value),
    );
    if (!accepted) this.differences.push(`${path}: ${JSON.stringify(value)} is not accepted`);
  }

  #object(wanted: Reference, objects: readonly ObjectNode[], path: string): void {
    const names = Object.keys(wanted.keys ?? {});
    const fitting = objects.filter((node) => names.every((name) => fieldOf(node, name) !== undefined));
    if (fitting.length === 0) this.differences.push(`${path}: no form has all of ${names.join(', ')}`);
    if (fitting.length > 0 && fitting.every((node) => excess(node, wanted).length > 0)) {
      const [node] = fitting;
      if (node !== undefined) this.differences.push(`${path}: ${excess(node, wanted).join(', ')} is demanded`);
    }
    if (wanted.closed === true && fitting.length > 0 && fitting.every((node) => node.open)) {
      this.differences.push(`${path}: unknown fields are let through`);
    }
    for (const [name, part] of Object.entries(wanted.keys ?? {})) {
      this.keys += 1;
      const fields = fitting.flatMap((node) => fieldOf(node, name) ?? []);
      const at = `${path}.${name}`;
      if (mayBeNull(part) && !fields.some(takesNull)) this.differences.push(`${at}: null is not accepted`);
      if (part.default !== undefined) this.#default(part.default, fitting, name, at);
      this.compare(
        part,
        fields.map((field) => field.schema),
        at,
      );
    }
  }

  #default(value: unknown, nodes: readonly ObjectNode[], name: string, path: string): void {
    const same = nodes.some((node) => {
      const initial = fieldOf(node, name)?.initial;
      if (ownDefaults.has(`${node.name}.${name}`)) return true;
      const durations = typeof initial === 'string' && typeof value === 'string' && parseDuration(value) !== undefined;
      return durations ? parseDuration(initial) === parseDuration(String(value)) : initial === value;
    });
    if (!same) this.differences.push(`${path}: the default is not ${JSON.stringify(value)}`);
  }
}

type Form = Exclude<ReturnType<typeof nodeOf>, { kind: 'union' }>;

function formsOf(schema: Schema<unknown>): readonly Form[] {
  const node = nodeOf(schema);
  return node.kind === 'union' ? node.branches.flatMap(formsOf) : [node];
}

function isObject(form: Form): form is ObjectNode {
  return form.kind === 'object';
}

function acceptsType(form: Form, type: string): boolean {
  switch (form.kind) {
    case 'any':
      return form.type === undefined || form.type === type;
    case 'scalar':
      return form.type === type || (form.type === 'number' && type === 'integer');
    case 'literals':
      return type === 'string';
    case 'list':
      return type === 'array';
    default:
      return type === 'object';
  }
}

function excess(node: ObjectNode, wanted: Reference): readonly string[] {
  return Object.entries(node.fields)
    .filter(([name, field]) => field.presence === 'required' && !node.oneOf.includes(name))
    .map(([name]) => name)
    .filter((name) => !(wanted.required ?? []).includes(name) && fieldOf(node, name)?.beyond !== true);
}

/** What a form and all its alternatives demand. */
function requiredBy(wanted: Reference): readonly string[] {
  const [first, ...others] = (wanted.anyOf ?? []).map(requiredBy);
  const common = (first ?? []).filter((name) => others.every((other) => other.includes(name)));
  return [...(wanted.required ?? []), ...common];
}

function mayBeNull(part: Reference): boolean {
  return (part.types?.includes('null') ?? false) || (part.anyOf?.some((form) => form.types?.[0] === 'null') ?? false);
}

function takesNull(field: FieldNode): boolean {
  return field.nullable || field.schema.safeParse(null).success;
}
