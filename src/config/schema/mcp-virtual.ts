/** Selections of MCP servers as servers of their own. */

import { listOf, mapOf } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import type { Report } from './kit/issue.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { anyValue, bool, cel, name, text, textLike, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** A tool or prompt that is shown, and how. */
export interface McpVirtualItem {
  readonly match: string;
  readonly when?: CelText;
  readonly name?: string;
  readonly description?: string;
  readonly fixedArguments: Readonly<Record<string, unknown>>;
  readonly hiddenArguments: readonly string[];
}

const mcpVirtualItem: Schema<McpVirtualItem> = object<McpVirtualItem>(
  'McpVirtualItem',
  'Tools or prompts that are shown, and how.',
  {
    match: required(name, 'Name, or pattern in which * stands for any text.'),
    when: optional(cel, 'Callers for whom this entry is there; for others it is as if it were not.'),
    name: optional(name, 'Another name for it.'),
    description: optional(text, 'Another description of it.'),
    fixedArguments: defaulted(
      mapOf(anyValue),
      {},
      'Arguments that are always these; clients neither see nor set them.',
    ),
    hiddenArguments: defaulted(listOf(name), [], 'Arguments that clients neither see nor set.'),
  },
  { rule: oneNamed },
);

function oneNamed(value: McpVirtualItem, report: Report): void {
  if (value.name === undefined || !value.match.includes('*')) return;
  report({ problem: 'conflict', why: 'a name is for one item, and match is a pattern of several' }, ['name']);
}

/** A selection: names and patterns, `!` in front of those that are kept out, or items with changes. */
type Selection = readonly (string | McpVirtualItem)[];

const selection: Schema<Selection> = listOf(union(name, mcpVirtualItem));

/** Resources that are shown. */
export interface McpVirtualResource {
  readonly match: string;
  readonly when?: CelText;
}

const mcpVirtualResource: Schema<McpVirtualResource> = object<McpVirtualResource>(
  'McpVirtualResource',
  'Resources that are shown.',
  {
    match: required(name, 'URI or URI template, or pattern in which * stands for any text.'),
    when: optional(cel, 'Callers for whom this entry is there; for others it is as if it were not.'),
  },
);

/** How a virtual server names itself. */
interface McpServerInfo {
  readonly name?: string;
  readonly title?: string;
  readonly version?: string;
}

const mcpServerInfo: Schema<McpServerInfo> = object<McpServerInfo>(
  'McpServerInfo',
  'How a virtual server names itself.',
  {
    name: optional(name, 'Name for programs; waygate when absent.'),
    title: optional(text, 'Name for people.'),
    version: optional(name, "Version; the gateway's when absent."),
  },
);

/** A selection of the servers, on a path of its own. */
export interface McpVirtualServer {
  readonly path: string;
  readonly instructions?: string;
  readonly serverInfo: McpServerInfo;
  readonly targets?: readonly string[];
  readonly tools?: Selection;
  readonly prompts?: Selection;
  readonly resources?: readonly (string | McpVirtualResource)[];
  readonly search: boolean;
}

const urlPath: Schema<string> = textLike({
  label: 'a path such as /mcp/dev',
  check: (value) => (/^\/[^?#\s]*$/.test(value) ? undefined : 'it does not begin with / or has a query'),
});

export const mcpVirtualServer: Schema<McpVirtualServer> = object<McpVirtualServer>(
  'McpVirtualServer',
  'A selection of the servers, as a server on a path of its own.',
  {
    path: required(urlPath, 'Path of its endpoint.'),
    instructions: optional(text, 'What models are told of it; when absent, what its servers say.'),
    serverInfo: defaulted(mcpServerInfo, {}, 'How it names itself.'),
    targets: optional(listOf(name, { min: 1 }), 'Names of its servers; all when absent.'),
    tools: optional(selection, 'Its tools, the first entry that fits deciding; all when absent.'),
    prompts: optional(selection, 'Its prompts; all when absent.'),
    resources: optional(
      listOf(union(name, mcpVirtualResource)),
      'Names and patterns of URIs and URI templates; all when absent.',
    ),
    search: defaulted(bool, false, 'Whether find_tools and call_tool stand in place of the tools.'),
  },
);
