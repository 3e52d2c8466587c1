import { formatsOf, providerRows, type CloudParams } from '../../src/config/translate/providers.ts';
import { formatPair, upstreamFormats } from '../../src/llm/formats/table.ts';
import { compileFormats } from '../../src/llm/providers/formats.ts';
import { providerLabel, providerTraits, usualKeyLocation } from '../../src/llm/providers/table.ts';
import type { LlmFormat, ProviderFormat } from '../../src/model/llm.ts';
import { dialectSentences, dropsOf } from './drops.ts';
import { providerTexts, type ProviderText } from './texts.ts';

const names: Partial<Record<LlmFormat, string>> = {
  completions: 'Chat Completions',
  responses: 'Responses',
  messages: 'Messages',
  generateContent: 'generateContent',
  converse: 'Converse',
  cohereChat: 'Cohere chat',
};

/** The APIs that clients speak, each a row of a page and a column of the index. */
const clients = ['completions', 'responses', 'messages', 'generateContent'] as const;

const repairs = {
  repeatedRole: 'every chunk names the role',
  eosFinish: 'the finish reason `eos`',
  usageWithoutChoices: 'chunks of usage without `choices`',
  usageInXGroq: 'usage in `x_groq`',
} as const;

/** The page of one kind of provider. */
export function providerPage(kind: string, text: ProviderText): string {
  const row = providerRows[kind];
  const { params = {} } = text;
  const lines = [`# ${text.title}`, '', text.intro, '', '```yaml', snippet(text), '```', ''];
  if (row !== undefined) lines.push(...facts(kind, params), '');
  if (row !== undefined) {
    const samples = text.samples ?? [''];
    lines.push('## What clients may speak', '');
    const head = samples.map((model) => (model === '' ? 'Sent as' : `\`${model}\` is sent`));
    lines.push(`| Client | ${head.join(' | ')} |`, `|---|${samples.map(() => '---|').join('')}`);
    for (const client of clients) {
      const cells = samples.map((model) => sentAs(kind, formatsOf(row, params), client, model));
      lines.push(`| ${names[client]} | ${cells.join(' | ')} |`);
    }
    lines.push('', 'What a translation leaves out is listed [by target](README.md#what-is-left-out).', '');
  }
  const dialect = dialectSentences(kind);
  if (dialect.length > 0)
    lines.push(
      '## Its dialect of chat',
      '',
      'In requests that the gateway translates:',
      '',
      ...dialect.map((s) => `- ${s}`),
      '',
    );
  const deviations = providerTraits(kind).repairs ?? [];
  if (deviations.length > 0) {
    lines.push(
      `Its streams are repaired where they break OpenAI’s contract: ${deviations.map((r) => repairs[r]).join('; ')}.`,
      '',
    );
  }
  if (text.notes.length > 0) lines.push('## Notes', '', ...text.notes.map((note) => `- ${note}`), '');
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The whole file that the page shows. */
export function snippet({ models }: ProviderText): string {
  return `gateways: { default: { port: 4000 } }\nllm:\n  models:\n${models.replaceAll(/^/gm, '  ')}`;
}

function facts(kind: string, params: CloudParams): readonly string[] {
  const row = providerRows[kind];
  if (row === undefined) return [];
  const url = typeof row.baseUrl === 'function' ? row.baseUrl(params) : row.baseUrl;
  const auth = row.auth?.(params);
  const credentials: Partial<Record<string, string>> = {
    aws: 'signed with the AWS credentials of the environment',
    gcp: 'a token of Google’s application default credentials',
    azure: 'a Microsoft Entra token of the environment',
    copilot: 'the token of GitHub’s tools',
  };
  const usual = auth === undefined ? undefined : credentials[auth.kind];
  const place = usualKeyLocation(kind, 'k');
  const field = place?.kind === 'header' ? `\`${place.name}\`` : '`Authorization: Bearer`';
  const key = row.keyVariable === undefined ? '`params.apiKey`' : `\`params.apiKey\`, else \`${row.keyVariable}\``;
  return [
    '| | |',
    '|---|---|',
    `| Address | \`${url}\`; elsewhere with \`params.baseUrl\` |`,
    `| Key | ${key}; sent in ${field}${usual === undefined ? '' : `. Without one: ${usual}`} |`,
    `| \`gen_ai.provider.name\` | \`${providerLabel({ kind })}\` |`,
  ];
}

function sentAs(kind: string, formats: readonly ProviderFormat[], client: LlmFormat, model: string): string {
  const spoken = compileFormats(formats)(model);
  if (spoken.some(({ format }) => format === client)) return 'as it came';
  const pair = formatPair(client, spoken, providerTraits(kind).chatFirst === true);
  return pair === null ? '–' : (names[pair.upstream.format] ?? pair.upstream.format);
}

/** The index: the matrix of clients and providers, and what each target has no place for. */
export function indexPage(): string {
  const lines = [
    '# LLM providers',
    '',
    'Made by `npm run gen`. A client that speaks any of four APIs reaches every provider. Where the provider speaks the',
    'client’s own API, the bytes go on as they came; otherwise requests, answers, streams and errors are translated.',
    '',
    `| Provider | ${clients.map((client) => names[client]).join(' | ')} |`,
    `|---|${clients.map(() => '---|').join('')}`,
  ];
  for (const [kind, text] of Object.entries(providerTexts)) {
    const row = providerRows[kind];
    if (row === undefined) {
      lines.push(`| [${text.title}](${kind}.md) | ${clients.map(() => 'as its formats say').join(' | ')} |`);
      continue;
    }
    for (const model of text.samples ?? ['']) {
      const cells = clients.map((client) => sentAs(kind, formatsOf(row, text.params ?? {}), client, model));
      const title = model === '' ? `[${text.title}](${kind}.md)` : `[${text.title}](${kind}.md), \`${model}\``;
      lines.push(`| ${title} | ${cells.join(' | ')} |`);
    }
  }
  lines.push(
    '',
    '## Which format is sent',
    '',
    'The client’s own where the provider speaks it for the model. Otherwise a vendor’s own (Messages, generateContent, Converse,',
    'Cohere chat), else Chat Completions, else Responses; providers that are best known by an API like OpenAI’s are asked',
    'through Chat Completions first. `formats` at a model, at an entry of `llm.providers`, or at a provider of an `ai` backend',
    'replaces the list of a kind.',
    '',
    '## Where it is and who pays',
    '',
    '`params.baseUrl` (in an `ai` backend `hostOverride` and `pathPrefix`) puts another place before a provider’s paths. Where',
    'the paths name a version or a project themselves (Gemini, Vertex AI, Bedrock, Azure, Copilot), its path stands before them;',
    'elsewhere it stands in place of `/v1`.',
    '',
    'A key of the gateway’s (`params.apiKey`, `auth`, `backendAuth`, else the provider’s environment variable in the `llm`',
    'section) replaces whatever credential the client sends. Without one, the client’s own goes on, and is moved to the field',
    'in which the provider looks for it.',
    '',
    '## What is left out',
    '',
    'What a target has no place for is of two classes. *Hints* only advise (cache marks, `user`, `metadata`): they are left',
    'out. *Meaning* is everything else: the request is refused with 400 and its `param`, or, under `unsupported: drop`',
    '(`llm.models[].unsupported`, `policies.ai.unsupported`), left out. Whatever is left out is named in the field',
    '`x-waygate-dropped` of the answer and in `waygate.llm.dropped` of the access log. Members that only the client’s own API',
    'knows are classed in the same way where they are read: `metadata`, `service_tier`, `store: false` and such are hints.',
    '`param` and `x-waygate-dropped` have the client’s own names and places (`generationConfig.topK`, `input[0].content[1]`,',
    '`contents[0].parts[1].inlineData`); the lists below have those of Chat Completions.',
  );
  for (const format of upstreamFormats.keys()) {
    const kinds = dropsOf(format);
    if (kinds.size === 0) continue;
    const of = (kind: 'hint' | 'meaning'): string =>
      [...kinds].flatMap(([path, found]) => (found.has(kind) ? [`\`${path}\``] : [])).join(', ') || '–';
    lines.push(
      '',
      `### To ${names[format as LlmFormat] ?? format}`,
      '',
      `- Hints: ${of('hint')}`,
      `- Meaning: ${of('meaning')}`,
    );
  }
  lines.push('', 'A member in both lists is a hint where its value is the target’s default, and meaning otherwise.');
  return `${lines.join('\n')}\n`;
}
