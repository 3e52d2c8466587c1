import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API, SymbolFlags, TypeFlags } from 'typescript/unstable/sync';
import type { Checker, Symbol as TypeSymbol, Type } from 'typescript/unstable/sync';
import type { Schema } from '../../src/llm/testing/schema.ts';
import { writeSchemaFile } from './write.ts';

const repository = join(import.meta.dirname, '../..');
const rootsFile = join(import.meta.dirname, 'sdk-roots.ts');

/** The package of each exported interface. */
const packages: Readonly<Record<string, string>> = {
  Anthropic: '@anthropic-ai/sdk',
  Cohere: 'cohere-ai',
  Gemini: '@google/genai',
  Openai: 'openai',
};

/** Extracts a file of schemas for each exported interface of `sdk-roots.ts`. */
export function extractSdkTypes(): void {
  const api = new API({ cwd: repository });
  try {
    const config = join(repository, 'tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    const source = project?.program.getSourceFile(rootsFile);
    if (project === undefined || source === undefined) throw new Error(`${rootsFile} is not in the project`);
    const module = project.checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${rootsFile} exports nothing`);
    for (const symbol of project.checker.getExportsOfModule(module)) extract(project.checker, symbol);
  } finally {
    api.close();
  }
}

function extract(checker: Checker, symbol: TypeSymbol): void {
  const tag = packages[symbol.name];
  if (tag === undefined) throw new Error(`it is not told which package ${symbol.name} is of`);
  const manifest = join(repository, 'node_modules', tag, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  const reader = new TypeReader(checker);
  const roots: Record<string, Schema> = {};
  for (const root of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))) {
    roots[root.name] = reader.schema(typeOf(checker, root));
  }
  writeSchemaFile(`${symbol.name.toLowerCase()}.json`, { origin: `${tag} ${version}`, roots, defs: reader.defs });
}

function typeOf(checker: Checker, symbol: TypeSymbol): Type {
  const type = checker.getTypeOfSymbol(symbol);
  if (type === undefined || type.isErrorType()) throw new Error(`${symbol.name} has no type`);
  return type;
}

/** Turns types into schemas; an object type becomes a definition, because it may hold itself. */
class TypeReader {
  readonly defs: Record<string, Schema> = {};
  readonly #names = new Map<number, string>();
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  schema(type: Type): Schema {
    const { flags } = type;
    if ((flags & TypeFlags.AnyOrUnknown) !== 0) return { type: 'any' };
    if (type.isUnionType()) return this.#union(type.getTypes());
    if (type.isStringLiteralType()) return { type: 'string', enum: [type.value] };
    if (type.isNumberLiteralType()) return { type: 'number', enum: [type.value] };
    // As text, because a build of the compiler gives the value as text.
    if (type.isBooleanLiteralType()) return { type: 'boolean', const: String(type.value) === 'true' };
    if ((flags & TypeFlags.Null) !== 0) return { type: 'null' };
    if ((flags & TypeFlags.String) !== 0) return { type: 'string' };
    if ((flags & TypeFlags.Number) !== 0) return { type: 'number' };
    if ((flags & TypeFlags.Boolean) !== 0) return { type: 'boolean' };
    if ((flags & TypeFlags.NonPrimitive) !== 0) return freeObject;
    if (type.isIntersectionType() && type.getTypes().some((part) => (part.flags & TypeFlags.String) !== 0)) {
      return { type: 'string' };
    }
    if (type.isObjectType() || type.isIntersectionType()) return this.#objectOrArray(type);
    throw new Error(`no schema for the type ${this.#checker.typeToString(type)}`);
  }

  /** Sorted, because the checker orders a union by what it happened to meet first. */
  #union(types: readonly Type[]): Schema {
    const schemas = types.filter((type) => (type.flags & TypeFlags.Undefined) === 0).map((type) => this.schema(type));
    const texts = schemas.flatMap((schema) => ('type' in schema && schema.type === 'string' ? [schema] : []));
    const booleans = schemas.filter((schema) => 'type' in schema && schema.type === 'boolean');
    const others = schemas.filter(
      (schema) => !('type' in schema) || (schema.type !== 'string' && schema.type !== 'boolean'),
    );
    const of: Schema[] = [];
    if (texts.some((schema) => schema.enum === undefined)) of.push({ type: 'string' });
    else if (texts.length > 0)
      of.push({ type: 'string', enum: texts.flatMap((schema) => schema.enum ?? []).toSorted() });
    if (booleans.length > 1) of.push({ type: 'boolean' });
    else of.push(...booleans);
    of.push(...others.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)));
    return of.length === 1 && of[0] !== undefined ? of[0] : { type: 'union', of };
  }

  #objectOrArray(type: Type): Schema {
    if (this.#checker.isArrayLikeType(type)) {
      const [item] = type.isTypeReference() ? this.#checker.getTypeArguments(type) : [];
      return { type: 'array', items: item === undefined ? { type: 'any' } : this.schema(item) };
    }
    const known = this.#names.get(type.id);
    if (known !== undefined) return { ref: known };
    const rest = this.#rest(type);
    if (rest !== undefined && this.#checker.getPropertiesOfType(type).length === 0) {
      return { type: 'object', members: {}, rest };
    }
    const name = this.#name(type);
    this.#names.set(type.id, name);
    this.defs[name] = { type: 'any' };
    this.defs[name] = this.#object(type, rest);
    return { ref: name };
  }

  #rest(type: Type): Schema | undefined {
    const [index] = this.#checker.getIndexInfosOfType(type);
    return index === undefined ? undefined : this.schema(index.valueType);
  }

  #object(type: Type, rest: Schema | undefined): Schema {
    const properties = this.#checker.getPropertiesOfType(type).filter((property) => this.#onTheWire(property));
    const members = Object.fromEntries(
      properties.map((property) => [property.name, this.schema(typeOf(this.#checker, property))]),
    );
    const required = properties.filter((property) => this.#isRequired(property)).map(({ name }) => name);
    return {
      type: 'object',
      members,
      ...(required.length === 0 ? {} : { required }),
      ...(rest === undefined ? {} : { rest }),
    };
  }

  /** Google's SDK types two APIs at once; its comments tell what the Gemini API does not take. */
  #onTheWire(property: TypeSymbol): boolean {
    if ((property.flags & SymbolFlags.Method) !== 0) return false;
    const comment = property.getDocumentationComment(this.#checker);
    return !comment.includes('not supported in Gemini API') && !comment.startsWith('Output only.');
  }

  #isRequired(property: TypeSymbol): boolean {
    if ((property.flags & SymbolFlags.Optional) === 0) return true;
    return property.getDocumentationComment(this.#checker).startsWith('Required.');
  }

  /** A name of its own: the type's, with its namespace, and a number where it is taken. */
  #name(type: Type): string {
    const symbol = type.getAliasSymbol() ?? type.getSymbol();
    const parent = symbol?.getParent()?.name ?? '';
    const own = symbol?.name ?? 'Anonymous';
    const base = parent === '' || parent.startsWith('"') ? own : `${parent}.${own}`;
    for (let i = 1; ; i++) {
      const name = i === 1 ? base : `${base}#${String(i)}`;
      if (!(name in this.defs)) return name;
    }
  }
}

const freeObject: Schema = { type: 'object', members: {}, rest: { type: 'any' } };
