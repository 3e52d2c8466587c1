import type { BeyondRow } from './beyond.ts';
import { nodeOf, type FieldNode, type ObjectNode, type Schema } from './kit/node.ts';

/** The reference of every object that a configuration may hold, as Markdown: one section each, the root first. */
export function referencePage(root: Schema<unknown>): string {
  const sections = objectsOf(root);
  const lines = [
    '# Configuration reference',
    '',
    'Made by `npm run gen` from `src/config/schema`. A file is YAML or JSON. Variables (`$NAME`, `${NAME}`,',
    '`${NAME:-default}`) are expanded inside values; `$$` is a dollar sign. **Bold** fields are required; of fields marked',
    '*one of*, exactly one must be there. Fields marked with + are [beyond agentgateway](../beyond-agentgateway.md).',
  ];
  for (const node of sections) lines.push('', ...section(node));
  return `${lines.join('\n')}\n`;
}

/** What Waygate's files may say beyond agentgateway's, as Markdown. */
export function beyondPage(rows: readonly BeyondRow[]): string {
  const lines = [
    '# Beyond agentgateway',
    '',
    'Keys, values and spellings that Waygate has and agentgateway v1.4 has not. All are optional: a file without them means',
    'the same to both. Made by `npm run gen` from `src/config/schema/beyond.ts`.',
    '',
    '| Where | Type | Default | Meaning |',
    '|---|---|---|---|',
    ...rows.map(
      (row) => `| \`${row.path}\` | ${cell(row.type)} | ${cell(String(row.initial))} | ${cell(row.meaning)} |`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function section(node: ObjectNode): readonly string[] {
  const head = [`## ${node.name}`, '', node.doc];
  const rows = Object.entries(node.fields).map(([name, field]) => row(node, name, field));
  if (rows.length === 0) return head;
  return [...head, '', '| Field | Type | Default | Meaning |', '|---|---|---|---|', ...rows];
}

function row(node: ObjectNode, name: string, field: FieldNode): string {
  const choice = node.oneOf.includes(name);
  const shown = field.presence === 'required' && !choice ? `**\`${name}\`**` : `\`${name}\``;
  const marks = `${choice ? ' *one of*' : ''}${field.beyond === true ? ' +' : ''}`;
  const others = Object.keys(node.aliases).filter((alias) => node.aliases[alias] === name);
  const also = others.length === 0 ? '' : ` Also spelt ${others.map((other) => `\`${other}\``).join(', ')}.`;
  const old = field.deprecated === undefined ? '' : ` Deprecated: ${field.deprecated}.`;
  const initial = field.initial === undefined ? '' : `\`${cell(JSON.stringify(field.initial))}\``;
  return `| ${shown}${marks} | ${typeText(field.schema)} | ${initial} | ${cell(field.doc)}${also}${old} |`;
}

function typeText(schema: Schema<unknown>): string {
  const node = nodeOf(schema);
  switch (node.kind) {
    case 'scalar':
    case 'any':
      return cell(node.label);
    case 'literals':
      return node.values.map((value) => `\`${value}\``).join(', ');
    case 'list':
      return `list of ${grouped(node.item)}`;
    case 'map':
      return `map of ${grouped(node.value)}`;
    case 'union':
      return node.branches.map(typeText).join(' or ');
    case 'object':
      return `[${node.name}](#${node.name.toLowerCase()})`;
  }
}

function grouped(schema: Schema<unknown>): string {
  const type = typeText(schema).replace(/^(?:an?|any) /, '');
  return type.includes(' or ') && nodeOf(schema).kind === 'union' ? `(${type})` : type;
}

/** Every object reachable from `root`, each once, breadth first. */
export function objectsOf(root: Schema<unknown>): readonly ObjectNode[] {
  const found = new Map<string, ObjectNode>();
  let level: readonly Schema<unknown>[] = [root];
  while (level.length > 0) {
    const next: Schema<unknown>[] = [];
    for (const schema of level) {
      const node = nodeOf(schema);
      if (node.kind === 'list') next.push(node.item);
      else if (node.kind === 'map') next.push(node.value);
      else if (node.kind === 'union') next.push(...node.branches);
      else if (node.kind === 'object' && !found.has(node.name)) {
        found.set(node.name, node);
        next.push(...Object.values(node.fields).map((field) => field.schema));
      }
    }
    level = next;
  }
  return [...found.values()];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
