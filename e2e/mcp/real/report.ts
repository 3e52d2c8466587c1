/** What a client saw in a conversation with the four servers, in whichever language it is written. */

/** A tool's answer. */
export interface ToolResult {
  readonly content: readonly {
    readonly type: string;
    readonly text?: string;
    readonly uri?: string;
    readonly resource?: { readonly uri: string };
  }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

/** An answer, or the error instead of it. */
export type Outcome<T> = T & { readonly error?: string; readonly code?: number };

/** The names of the four lists. */
export const lists = ['tools', 'prompts', 'resources', 'templates'] as const;

/** A report; the clients of each language write the same. */
export interface Report {
  readonly revision: string;
  readonly capabilities: readonly string[];
  readonly instructions: string;
  /** Names, URIs or URI templates of all pages. */
  readonly lists: Readonly<Record<(typeof lists)[number], readonly string[]>>;
  /** Answers by what they are for. */
  readonly calls: Readonly<Record<string, Outcome<ToolResult>>>;
  readonly reads: Readonly<
    Record<
      string,
      Outcome<{
        readonly contents: readonly { readonly uri: string; readonly text?: string; readonly blob?: string }[];
      }>
    >
  >;
  readonly prompts: Readonly<
    Record<string, Outcome<{ readonly messages: readonly { readonly content: ToolResult['content'][number] }[] }>>
  >;
  readonly completions: Readonly<
    Record<string, Outcome<{ readonly completion: { readonly values: readonly string[] } }>>
  >;
  /** Steps of the long call. */
  readonly progress: readonly number[];
  /** Whether the call that was given up ended for the client. */
  readonly cancelled: boolean;
  /** What servers asked of the client, in order: methods, and the modes of elicitations. */
  readonly asked: readonly string[];
  /** Messages of elicitations and URLs in them. */
  readonly shown: readonly string[];
  readonly logged: readonly { readonly level: string; readonly logger?: string }[];
  /** URIs of resources that the client was told to be updated; null when it has no means to be told. */
  readonly updated: readonly string[] | null;
}

/** What a conversation needs of its surroundings. */
export interface Surroundings {
  readonly url: URL;
  /** The one root of the client. */
  readonly root: string;
}

/** The resource that is changed by calls, and that clients ask to be told of. */
export const graph = 'memory://knowledge-graph';

/** What the conversation calls: what it is for → the tool and its arguments. */
export const calls: Readonly<Record<string, readonly [tool: string, args: Readonly<Record<string, unknown>>]>> = {
  everything: ['echo', { message: 'ä' }],
  time: ['convert_time', { source_timezone: 'UTC', time: '12:00', target_timezone: 'Asia/Tokyo' }],
  memory: ['create_entities', { entities: [{ name: 'Ada', entityType: 'person', observations: ['counts'] }] }],
  files: ['list_allowed_directories', {}],
  prefixed: ['everything_get-sum', { a: 1, b: 2 }],
  structured: ['get-structured-content', { location: 'New York' }],
  failed: ['get_current_time', { timezone: 'Nowhere/Land' }],
  unknown: ['no-such-tool', {}],
  links: ['get-resource-links', { count: 2 }],
  embedded: ['get-resource-reference', { resourceType: 'Text', resourceId: 1 }],
  image: ['get-tiny-image', {}],
  sampling: ['trigger-sampling-request', { prompt: 'p', maxTokens: 9 }],
  form: ['trigger-elicitation-request', {}],
  url: ['trigger-url-elicitation', { url: 'https://example.com/consent', elicitationId: 'e-1' }],
  roots: ['get-roots-list', {}],
  urlError: ['trigger-url-elicitation', { url: 'https://example.com/later', errorPath: true }],
};

/** The resources that it reads. */
export const reads: Readonly<Record<string, string>> = {
  text: 'demo://resource/dynamic/text/1',
  blob: 'demo://resource/dynamic/blob/2',
  listed: 'demo://resource/static/document/features.md',
  graph,
  full: 'everything+demo://resource/dynamic/text/1',
  missing: 'demo://resource/dynamic/text/nothing',
};

/** The prompts that it gets. */
export const prompts: Readonly<Record<string, readonly [name: string, args: Readonly<Record<string, string>>]>> = {
  arguments: ['args-prompt', { city: 'Riga' }],
  embedded: ['resource-prompt', { resourceType: 'Text', resourceId: '1' }],
};

/** The arguments that it completes. */
export const completions: Readonly<
  Record<string, readonly [argument: string, value: string, context: Readonly<Record<string, string>>]>
> = { first: ['department', 'E', {}], context: ['name', 'E', { department: 'Sales' }] };

/** The arguments of the long call that is given up. */
export const endless: Readonly<Record<string, number>> = { duration: 600, steps: 6000 };

/** The whole of it as Python reads it. */
export const script: string = JSON.stringify({ graph, calls, reads, prompts, completions, endless });
